#include "system.h"

#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/reboot.h>
#include <linux/sched.h>

enum { CONSOLE = 1 };

long call(long number, word a, word b, word c, word d, word e, word f)
{
    register word r10 asm("r10") = d;
    register word r8 asm("r8") = e;
    register word r9 asm("r9") = f;
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}

void thread(void (*run)(void), void *stack_end)
{
    word *stack = stack_end;
    *--stack = (word)run;
    word flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    long result;
    asm volatile("syscall; test %%rax, %%rax; jnz 1f; pop %%rax; xor %%ebp, %%ebp; call *%%rax; 1:"
                 : "=a"(result) : "a"(__NR_clone), "D"(flags), "S"(stack), "d"(0) : "rcx", "r11", "memory");
}

int open_file(const char *path, int flags)
{
    return call(__NR_open, (word)path, flags, 0, 0, 0, 0);
}

long io(int fd, word request, void *argument)
{
    return call(__NR_ioctl, fd, request, (word)argument, 0, 0, 0);
}

long io_number(int fd, word request, word argument)
{
    return call(__NR_ioctl, fd, request, argument, 0, 0, 0);
}

void *map_memory(word bytes, int fd)
{
    long p = call(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
    return p < 0 && p > -4096 ? 0 : (void *)p;
}

void end(void)
{
    call(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0, 0, 0);
    for (;;)
        call(__NR_exit, 0, 0, 0, 0, 0, 0);
}

void say(const char *text)
{
    word length = 0;
    while (text[length])
        length++;
    call(__NR_write, CONSOLE, (word)text, length, 0, 0, 0);
}

void say_number(word value)
{
    char text[19] = "0x";
    int at = 2;
    for (int shift = 60; shift >= 0; shift -= 4)
        if (value >> shift || !shift)
            text[at++] = "0123456789abcdef"[value >> shift & 15];
    text[at] = 0;
    say(text);
}

void read_line(const char *path, char *into, int most)
{
    int fd = open_file(path, O_RDONLY);
    long length = fd < 0 ? 0 : call(__NR_read, fd, (word)into, most - 1, 0, 0, 0);
    into[length < 0 ? 0 : length] = 0;
    for (int i = 0; into[i]; i++)
        if (into[i] == '\n')
            into[i] = 0;
    if (fd >= 0)
        call(__NR_close, fd, 0, 0, 0, 0, 0);
}

int same(const void *a, const void *b, word bytes)
{
    const char *x = a, *y = b;
    for (word i = 0; i < bytes; i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

void copy(void *to, const void *from, word bytes)
{
    char *t = to;
    const char *f = from;
    for (word i = 0; i < bytes; i++)
        t[i] = f[i];
}

/* The compiler may call these. */
void *memcpy(void *to, const void *from, word bytes)
{
    copy(to, from, bytes);
    return to;
}

void *memset(void *at, int value, word bytes)
{
    for (volatile char *p = at; bytes--; p++)
        *p = value;
    return at;
}
