// Executes one instruction: a signal frame with the state of the test and the trap flag set is returned to; what the next signal finds is the outcome.
#define _GNU_SOURCE
#include "oracle.h"
#include <immintrin.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define FRAME 8192
#define YMM_HIGH 576
#define XSTATE_BV 512
#define USER_32 0x23
#define USER_64 0x33
#define USER_DATA 0x2B
#define STEPS 20000
#define TASK_SIZE 0x7ffffffff000ull

static struct { mcontext_t registers; uint8_t fp[FRAME]; int fp_size; } saved;
static volatile enum { IDLE, ENTER, RUN } phase;
static struct test *now;
static volatile bool valid;
static volatile int steps;
static volatile unsigned started, watched;
static uint64_t own_fs, own_gs;
static int memory;
static uint8_t *alias;

static void start(ucontext_t *u) {
    struct state *s = &now->in;
    greg_t *g = u->uc_mcontext.gregs;
    uint8_t *fp = (uint8_t *) u->uc_mcontext.fpregs;
    static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    for (int i = 0; i < 16; i++) {
        g[order[i]] = s->gpr[i];
    }
    g[REG_RIP] = s->rip;
    g[REG_EFL] = s->rflags | TF;
    g[REG_CSGSFS] = (now->mode == 64 ? USER_64 : USER_32) | (uint64_t) USER_DATA << 48;
    memset(fp, 0, 416);
    memcpy(fp, &s->fcw, 2);
    memcpy(fp + 2, &s->fsw, 2);
    fp[4] = s->ftw;
    memcpy(fp + 24, &s->mxcsr, 4);
    for (int i = 0; i < 8; i++) {
        memcpy(fp + 32 + 16 * i, s->st[i], 10);
    }
    for (int i = 0; i < 16; i++) {
        memcpy(fp + 160 + 16 * i, s->ymm[i], 16);
        memcpy(fp + YMM_HIGH + 16 * i, s->ymm[i] + 16, 16);
    }
    fp[XSTATE_BV] |= 7;
    _writefsbase_u64(s->base[0]);
    _writegsbase_u64(s->base[1]);
}

static void finish(ucontext_t *u, siginfo_t *info, uint64_t fs, uint64_t gs) {
    struct state *s = &now->out;
    greg_t *g = u->uc_mcontext.gregs;
    uint8_t *fp = (uint8_t *) u->uc_mcontext.fpregs;
    static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    memset(s, 0, sizeof *s);
    for (int i = 0; i < 16; i++) {
        s->gpr[i] = now->mode == 64 ? g[order[i]] : (uint32_t) g[order[i]];
    }
    s->rip = g[REG_RIP];
    s->rflags = g[REG_EFL] & ~(uint64_t) (TF | RF);
    s->base[0] = fs;
    s->base[1] = gs;
    bool x87 = fp[XSTATE_BV] & 1, sse = fp[XSTATE_BV] & 2, avx = fp[XSTATE_BV] & 4;
    s->fcw = 0x37F;
    if (x87) {
        memcpy(&s->fcw, fp, 2);
        memcpy(&s->fsw, fp + 2, 2);
        s->ftw = fp[4];
        for (int i = 0; i < 8; i++) {
            memcpy(s->st[i], fp + 32 + 16 * i, 10);
        }
    }
    memcpy(&s->mxcsr, fp + 24, 4);
    for (int i = 0; i < 16; i++) {
        if (sse) {
            memcpy(s->ymm[i], fp + 160 + 16 * i, 16);
        }
        if (avx) {
            memcpy(s->ymm[i] + 16, fp + YMM_HIGH + 16 * i, 16);
        }
    }
    int vector = g[REG_TRAPNO];
    now->trap = vector == 1 && info->si_code == TRAP_TRACE ? -1 : vector;
    now->error = vector >= 10 && vector <= 14 || vector == 17 ? (int) g[REG_ERR] & 0xFFFF : -1;
    now->has_cr2 = vector == 14;
    now->cr2 = now->has_cr2 ? (uint64_t) g[REG_CR2] : 0;
    if (now->has_cr2 && now->cr2 >= TASK_SIZE) {
        // the kernel says that what it keeps for itself is present, whether it is or not
        now->error &= ~1;
    }
}

// Whether the instruction stops on its way when it is stepped through: repeated string instructions, and gathers before a fault.
static bool repeated(void) {
    if (now->form && strcmp(now->form->group, "gather") == 0) {
        return true;
    }
    for (int i = 0; i < now->length; i++) {
        uint8_t b = now->code[i];
        if (b >= 0x6C && b <= 0x6F || b >= 0xA4 && b <= 0xA7 || b >= 0xAA && b <= 0xAF) {
            return true;
        }
        bool prefix = b == 0x26 || b == 0x2E || b == 0x36 || b == 0x3E || b >= 0x64 && b <= 0x67 || b == 0xF0 || b == 0xF2 || b == 0xF3 || now->mode == 64 && b >> 4 == 4;
        if (!prefix) {
            return false;
        }
    }
    return false;
}

static void handler(int signal, siginfo_t *info, void *context) {
    // what POPF of a test may have left
    __asm__ volatile("pushq $0x202; popfq" ::: "memory", "cc");
    ucontext_t *u = context;
    if (signal == SIGALRM) {
        if (phase == RUN && watched == started) {
            valid = false;
        } else {
            watched = started;
            return;
        }
    } else if (phase == ENTER) {
        saved.registers = u->uc_mcontext;
        memcpy(saved.fp, u->uc_mcontext.fpregs, saved.fp_size);
        phase = RUN;
        start(u);
        return;
    } else if (phase != RUN) {
        static const char text[] = "oracle: a signal of its own\n";
        ssize_t n = write(2, text, sizeof text - 1);
        _exit(n ? 1 : 5);
    } else {
        uint64_t fs = _readfsbase_u64(), gs = _readgsbase_u64();
        greg_t *g = u->uc_mcontext.gregs;
        valid = signal != SIGSYS;
        if (valid && g[REG_TRAPNO] == 1 && (uint64_t) g[REG_RIP] == now->in.rip && repeated()) {
            if (++steps < STEPS) {
                g[REG_EFL] |= TF;
                return;
            }
            valid = false;
        }
        finish(u, info, fs, gs);
    }
    _writefsbase_u64(own_fs);
    _writegsbase_u64(own_gs);
    phase = IDLE;
    void *frame = u->uc_mcontext.fpregs;
    u->uc_mcontext = saved.registers;
    u->uc_mcontext.fpregs = frame;
    memcpy(frame, saved.fp, saved.fp_size);
    // the instruction that entered is behind
}

void run_init(void) {
    own_fs = _readfsbase_u64();
    own_gs = _readgsbase_u64();
    // compatibility mode needs segments that are not null; only the base of FS matters to the program
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%gs; mov %0, %%fs; wrfsbase %1; wrgsbase %2" ::"r"(USER_DATA), "r"(own_fs), "r"(own_gs));
    memory = memfd_create("oracle", 0);
    if (memory < 0 || ftruncate(memory, (MAX_PAGES + 2) * PAGE) != 0) {
        perror("oracle: memory");
        exit(5);
    }
    alias = mmap(NULL, (MAX_PAGES + 2) * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    stack_t stack = {.ss_sp = mmap(NULL, 1 << 17, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 1 << 17};
    if (alias == MAP_FAILED || stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0) {
        perror("oracle: stack of signals");
        exit(5);
    }
    unsigned a, b, c, d;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(13), "2"(0));
    saved.fp_size = b < FRAME ? (int) b : FRAME;
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    sigfillset(&action.sa_mask);
    static const int signals[] = {SIGSEGV, SIGILL, SIGFPE, SIGTRAP, SIGBUS, SIGSYS, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        sigaction(signals[i], &action, NULL);
    }
    struct itimerval every = {{0, 500000}, {0, 500000}};
    setitimer(ITIMER_REAL, &every, NULL);
}

uint8_t *page_bytes(int i) {
    return alias + i * PAGE;
}

static bool map(uint64_t address, int page, int rights) {
    return mmap((void *) address, PAGE, rights, MAP_SHARED | MAP_FIXED_NOREPLACE, memory, page * PAGE) == (void *) address;
}

static bool once(struct test *t) {
    uint64_t code = t->in.rip & -PAGE;
    uint8_t *bytes = page_bytes(MAX_PAGES);
    memset(bytes, 0, 2 * PAGE);
    memcpy(bytes + (t->in.rip & (PAGE - 1)), t->code, t->length);
    bool ok = map(code, MAX_PAGES, PROT_READ | PROT_EXEC);
    bool second = ok && t->code_crosses && map(next_page(t, code), MAX_PAGES + 1, PROT_READ | PROT_EXEC);
    int mapped = 0;
    while (ok && mapped < t->page_count && map(t->pages[mapped].address, mapped, PROT_READ | PROT_WRITE)) {
        memcpy(t->pages[mapped].bytes, t->pages[mapped].before, PAGE);
        mapped++;
    }
    valid = false;
    if (ok && mapped == t->page_count && (second || !t->code_crosses)) {
        now = t;
        steps = 0;
        started++;
        phase = ENTER;
        __asm__ volatile("int3" ::: "memory", "cc");
    }
    if (ok) {
        munmap((void *) code, PAGE);
    }
    if (second) {
        munmap((void *) next_page(t, code), PAGE);
    }
    for (int i = 0; i < mapped; i++) {
        munmap((void *) t->pages[i].address, PAGE);
    }
    return valid;
}

// PUSHF has pushed the trap flag, too, which is not the test's.
static void forget_trap_flag(struct test *t) {
    if (t->form && strcmp(t->form->mnemonic, "PUSHF") == 0 && t->trap < 0) {
        uint64_t at = t->out.gpr[RSP] + 1;
        for (int i = 0; i < t->page_count; i++) {
            if (t->pages[i].address == (at & -PAGE)) {
                t->pages[i].bytes[at & (PAGE - 1)] &= ~1;
            }
        }
    }
}

// Twice, and the same both times: what depends on time or chance is nothing to compare with.
bool run(struct test *t) {
    static uint8_t first[MAX_PAGES][PAGE];
    if (!once(t)) {
        return false;
    }
    struct test *copy = malloc(sizeof *copy);
    *copy = *t;
    for (int i = 0; i < t->page_count; i++) {
        memcpy(first[i], t->pages[i].bytes, PAGE);
    }
    bool same = once(t) && memcmp(&copy->out, &t->out, sizeof t->out) == 0 && copy->trap == t->trap && copy->error == t->error && copy->cr2 == t->cr2;
    for (int i = 0; same && i < t->page_count; i++) {
        same = memcmp(first[i], t->pages[i].bytes, PAGE) == 0;
    }
    free(copy);
    forget_trap_flag(t);
    return same;
}
