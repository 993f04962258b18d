/* An interpreter of a stack machine, by one switch over byte code: the longest Collatz sequence, and a Fibonacci number by recursion. */
#include "machine.h"

enum op { PUSH, LOAD, STORE, ADD, SUB, MUL, HALVE, ODD, LESS, JUMP, FALSE, CALL, RETURN, STOP };
enum variable { FROM, VALUE, LENGTH, LONGEST, RESULT };
enum { LIMIT = 6500, FIBONACCI = 18, DEEP = 256, VARIABLES = 16 };

static u8 program[256];
static u32 size;

static void op(enum op o) { program[size++] = (u8) o; }

/* An operation with an operand; the result is the operand's place, for a label that comes later. */
static u32 with(enum op o, u32 operand) {
    op(o);
    program[size++] = (u8) operand;
    program[size++] = (u8) (operand >> 8);
    return size - 2;
}

static void here(u32 place) {
    program[place] = (u8) size;
    program[place + 1] = (u8) (size >> 8);
}

static void store(u32 value, enum variable v) { with(PUSH, value); with(STORE, v); }

static void increase(enum variable v) { with(LOAD, v); with(PUSH, 1); op(ADD); with(STORE, v); }

void bytecode_prepare(void) {
    with(PUSH, FIBONACCI);
    u32 fibonacci = with(CALL, 0);
    with(STORE, RESULT);
    store(1, FROM);
    store(0, LONGEST);
    u32 each = size;                                /* for every number below LIMIT */
    with(LOAD, FROM); with(STORE, VALUE);
    store(0, LENGTH);
    u32 step = size;                                /* while it is not 1: half of it, or three times it and 1 */
    with(PUSH, 1); with(LOAD, VALUE); op(LESS);
    u32 reached = with(FALSE, 0);
    with(LOAD, VALUE); op(ODD);
    u32 even = with(FALSE, 0);
    with(LOAD, VALUE); with(PUSH, 3); op(MUL); with(PUSH, 1); op(ADD); with(STORE, VALUE);
    u32 on = with(JUMP, 0);
    here(even);
    with(LOAD, VALUE); op(HALVE); with(STORE, VALUE);
    here(on);
    increase(LENGTH);
    with(JUMP, step);
    here(reached);
    with(LOAD, LONGEST); with(LOAD, LENGTH); op(LESS);
    u32 shorter = with(FALSE, 0);
    with(LOAD, LENGTH); with(STORE, LONGEST);
    here(shorter);
    increase(FROM);
    with(LOAD, FROM); with(PUSH, LIMIT); op(LESS);
    u32 last = with(FALSE, 0);
    with(JUMP, each);
    here(last);
    with(LOAD, LONGEST); with(LOAD, RESULT); op(ADD);
    op(STOP);
    here(fibonacci);                                /* of the number on the stack; it stays below what is computed, in a variable a level */
    with(STORE, VALUE);
    with(LOAD, VALUE); with(PUSH, 2); op(LESS);
    u32 large = with(FALSE, 0);
    with(LOAD, VALUE);
    op(RETURN);
    here(large);
    with(LOAD, VALUE);
    with(LOAD, VALUE); with(PUSH, 1); op(SUB);
    u32 self = size;
    with(CALL, 0);
    with(STORE, RESULT);                            /* n is on the stack: swap it with the first result */
    with(STORE, VALUE);
    with(LOAD, RESULT);
    with(LOAD, VALUE); with(PUSH, 2); op(SUB);
    u32 again = size;
    with(CALL, 0);
    op(ADD);
    op(RETURN);
    for (int i = 0; i < 2; i++) program[self + 1 + i] = program[again + 1 + i] = program[fibonacci + i];
}

u64 bytecode_round(u64 seed) {
    u64 stack[DEEP], variables[VARIABLES] = {0};
    u16 returns[DEEP];
    u64 *sp = stack;
    u16 *rp = returns;
    const u8 *pc = program;
    u64 done = 0;
#define OPERAND (pc += 2, pc[-2] | pc[-1] << 8)
    for (;;) {
        done++;
        switch ((enum op) *pc++) {
            case PUSH: *sp++ = OPERAND; break;
            case LOAD: *sp++ = variables[OPERAND]; break;
            case STORE: variables[OPERAND] = *--sp; break;
            case ADD: sp--; sp[-1] += *sp; break;
            case SUB: sp--; sp[-1] -= *sp; break;
            case MUL: sp--; sp[-1] *= *sp; break;
            case HALVE: sp[-1] >>= 1; break;
            case ODD: sp[-1] &= 1; break;
            case LESS: sp--; sp[-1] = sp[-1] < *sp; break;
            case JUMP: pc = program + OPERAND; break;
            case FALSE: { u32 to = OPERAND; if (!*--sp) pc = program + to; break; }
            case CALL: { u32 to = OPERAND; *rp++ = (u16) (pc - program); pc = program + to; break; }
            case RETURN: pc = program + *--rp; break;
            /* 6171 is the start below LIMIT of the longest sequence, of 261 steps */
            case STOP: if (*--sp != 261 + 2584) broken("byte code: a wrong result"); return mix(mix(seed, *sp), done);
        }
    }
}
