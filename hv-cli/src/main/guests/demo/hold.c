/* Waits for a script on the second serial port as the init of Debian guests does, and lives by it: the script goes to the disk and, as a pattern, over
 * all memory that is free, and both must be as they were left. What other guests do with the same script, or another one, must not be seen. */
#include "machine.h"

enum { COM2 = 0x2F8, LINE_STATUS = COM2 + 5, DATA_READY = 1, WORDS = 0x40000, TICKS = 20 };

static char receive(void) {
    while (!(in8(LINE_STATUS) & DATA_READY)) __asm__ volatile("pause");
    return (char) in8(COM2);
}

/* Prints a text up to its end or its first byte that is no letter, digit or punctuation mark. */
static void printable(const char *s) {
    char one[2] = {0, 0};
    for (; *s >= ' ' && *s <= '~'; s++) { one[0] = *s; text(one); }
    text("\n");
}

void hold(void) {
    ide_connect();
    char *script = pages(1);
    char *disk = pages(1);
    u64 *memory = pages(WORDS * 8 / PAGE);
    copy(disk, "before", 7);
    ide_transfer(1, disk, 0);
    text("HV-GUEST-READY\n");

    u32 length = 0;
    for (char c = receive(); c != '\n'; c = receive()) length = 10 * length + (u32) (c - '0');
    if (length >= REQUEST) broken("the length of the script");
    for (u32 i = 0; i < length; i++) script[i] = receive();
    text("script: "); printable(script);

    for (u32 place = 0; place < 2; place++) {
        clear(disk, REQUEST);
        ide_transfer(place, disk, 1);
        text("disk: "); printable(disk);
    }
    u64 hash = name_hash(script);
    for (u32 i = 0; i < WORDS; i++) if (memory[i]) broken("memory that nobody has written");
    for (u32 i = 0; i < WORDS; i++) memory[i] = pattern(hash, i);
    ide_transfer(0, script, 0);
    for (u64 until = timer_interrupts + TICKS; timer_interrupts < until;) sleep();
    clear(disk, REQUEST);
    ide_transfer(0, disk, 1);
    for (u32 i = 0; i < REQUEST; i++) if (disk[i] != script[i]) broken("what was written to the disk");
    for (u32 i = 0; i < WORDS; i++) if (memory[i] != pattern(hash, i)) broken("memory");
    text("HV-GUEST-STATUS 0\n");
}
