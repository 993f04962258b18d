/* What the small operating system and its programs agree on. */
#pragma once

#include "machine.h"

/* system calls: number in RAX, arguments in RDI, RSI, RDX, result in RAX */
enum call { IDENTITY, WRITE, READ, YIELD, UNMAP, FORK, LOOKUP, EXIT, CALLS };
enum { SOFT_VECTOR = 0x80, PROGRAMS = 6, NAMES = 64 };

/* a program's memory: data from below, its stack at the end */
enum { PAGE = 4096, USER = 0x40000000, USER_PAGES = 512, DATA_PAGES = 480 };

/* os-user.c: what runs at level 3 */
void user_program(u64 identity, u64 seed) __attribute__((noreturn));
