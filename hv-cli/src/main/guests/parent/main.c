/*
 * A guest that is a parent: it makes partitions by hypercalls, without any operating system. Its command line says what it does: "demo" shows children that it serves,
 * "check" holds every call to its contract and says PASS or FAIL, "exact" that time is, too, "leave" and "reset" end while children of its run, once and more; "stress N FIRST ROUNDS" has N processors run
 * children and call each other, "beside" says that they run at the same time, "hostile" that
 * they ill-treat further children all together.
 */
#include "hv.h"

static int is(const char *line, const char *word) {
    for (; *line; line++) {
        int i = 0;
        while (word[i] && line[i] == word[i]) i++;
        if (!word[i]) return 1;
    }
    return 0;
}

int exact;

/* Children that run, halt and wait while their parent ends. */
static void leave_children(void) {
    static struct child c[4];
    hypervisor_connect();
    for (int i = 0; i < 4; i++) reach(&c[i], i % 2 ? RUNNING : UNTOLD);
    text("four partitions of mine run\n");
}

/* A byte that outlives a reset: CMOS memory. */
enum { CMOS = 0x70, CMOS_DATA = 0x71, MARK_AT = 0x60, MARK = 0x5A, MSR_RESET = 0x40000003 };

static void reset_once(void) {
    out8(CMOS, MARK_AT);
    if (in8(CMOS_DATA) == MARK) return;
    leave_children();
    out8(CMOS, MARK_AT);
    out8(CMOS_DATA, MARK);
    wrmsr(MSR_RESET, 1);
}

struct multiboot { u32 flags, mem_lower, mem_upper, boot_device, cmdline; };

void main(struct multiboot *info) {
    const char *line = (const char *) (u64) info->cmdline;
    label[0] = 'P';
    if (is(line, "demo")) demo();
    else if (is(line, "leave")) leave_children();
    else if (is(line, "stress")) stress(line, is(line, "beside"), is(line, "hostile"));
    else {
        if (is(line, "reset")) reset_once();
        exact = is(line, "exact");
        check();
    }
    leave();
}
