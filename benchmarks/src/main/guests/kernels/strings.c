/* Text and bytes: lengths, comparisons, searches, words counted in a hash table, numbers read and written, REP MOVS, STOS, CMPS and SCAS; compression by back references. */
#include "machine.h"

enum { TEXT = 64 << 10, WORDS = 4096, BLOCK = 16 << 10 };

static char *const words_text = (char *) arena;

static u32 length(const char *s) {
    const char *p = s;
    while (*p) p++;
    return (u32) (p - s);
}

static int compare(const char *a, const char *b, u32 n) {
    for (; n; n--, a++, b++) if (*a != *b) return *a - *b;
    return 0;
}

/* Words of 2 to 9 letters, frequent ones more often; a line has about ten. */
static void write_text(u64 seed) {
    u32 at = 0;
    while (at < TEXT - 16) {
        u64 r = next(&seed);
        u64 word = r % 64 * (r >> 8 & 15) + 1;
        u32 letters = 2 + (u32) (word * 37 % 8);
        for (u32 i = 0; i < letters; i++, word = word * 31 + 7) words_text[at++] = (char) ('a' + word % 26);
        words_text[at++] = (r >> 20) % 10 == 0 ? '\n' : ' ';
    }
    words_text[at] = 0;
}

void strings_prepare(void) { write_text(7); }

static struct entry { const char *word; u32 length, count; } table[WORDS];

static u64 count_words(void) {
    u64 different = 0;
    for (const char *p = words_text; *p;) {
        while (*p == ' ' || *p == '\n') p++;
        const char *start = p;
        u32 h = 0;
        for (; *p && *p != ' ' && *p != '\n'; p++) h = h * 33 + (u8) *p;
        u32 n = (u32) (p - start);
        if (!n) continue;
        u32 slot = h % WORDS;
        while (table[slot].count && (table[slot].length != n || compare(table[slot].word, start, n))) slot = (slot + 1) % WORDS;
        if (!table[slot].count++) table[slot].word = start, table[slot].length = n, different++;
    }
    return different;
}

static u32 find_all(const char *what) {
    u32 found = 0, n = length(what);
    for (const char *p = words_text; *p; p++) if (*p == *what && !compare(p, what, n)) found++;
    return found;
}

static u32 write_number(char *to, u64 n) {
    char digits[24];
    int i = 24;
    do digits[--i] = (char) ('0' + n % 10); while (n /= 10);
    for (int k = i; k < 24; k++) to[k - i] = digits[k];
    to[24 - i] = 0;
    return (u32) (24 - i);
}

static u64 read_number(const char *s) {
    u64 n = 0;
    for (; *s >= '0' && *s <= '9'; s++) n = n * 10 + (u64) (*s - '0');
    return n;
}

static u64 repeated(u64 seed) {
    u8 *a = arena + (1 << 20), *b = a + BLOCK, *from, *to;
    u64 n, sum = seed, ends;
    for (int t = 0; t < 200; t++) {
        u32 bytes = 1 + (u32) (next(&seed) % BLOCK), few = 1 + bytes % 60;
        to = a, n = BLOCK / 8;
        __asm__ volatile("rep stosq" : "+D"(to), "+c"(n) : "a"(seed) : "memory");
        memcpy(b, a, bytes);
        for (u32 i = 0; i < 40; i++) memcpy(b + i * few, a + i, few), memset(a + i * 70, (int) i, few);
        from = a, to = b, n = BLOCK / 4;
        __asm__ volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
        b[bytes - 1] ^= 1;
        from = a, to = b, n = BLOCK;
        __asm__ volatile("repe cmpsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory", "cc");
        sum = mix(sum, n);
        to = (u8 *) words_text, n = TEXT;
        __asm__ volatile("repne scasb" : "+D"(to), "+c"(n) : "a"(0) : "memory", "cc");
        ends = n;
    }
    return mix(sum, ends);
}

u64 strings_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < 25; t++) {
        memset(table, 0, sizeof table);
        words_text[seed % 1000 * 16] = (char) ('a' + (seed + (u64) t) % 26);
        sum = mix(sum, count_words());
        for (u32 i = 0; i < WORDS; i++) sum += table[i].count * i;
        sum = mix(sum, find_all("an") + find_all("the") + length(words_text));
        char upper[256];
        for (u32 i = 0; i < TEXT - 256; i += 255) {
            u32 k = 0;
            for (; k < 255; k++) upper[k] = words_text[i + k] >= 'a' && words_text[i + k] <= 'z' ? (char) (words_text[i + k] - 32) : words_text[i + k];
            sum += (u8) upper[i % 255];
        }
        char digits[24];
        for (u32 i = 0; i < 1000; i++) {
            u64 n = next(&sum);
            sum += write_number(digits, n);
            if (read_number(digits) != n) broken("strings: another number");
        }
    }
    return repeated(sum);
}

/* ---- compression: literals, and references to what stood before, found through a hash of four bytes ---- */

enum { HASHES = 4096, LEAST = 4, LONGEST = 130, FAR = 65535 };

static u32 latest[HASHES];

static u32 pack(const u8 *in, u32 n, u8 *out) {
    u32 o = 0;
    i32 literals = -1;                          /* where the run of literals began that is not over */
    for (u32 i = 0; i < HASHES; i++) latest[i] = 0;
    for (u32 i = 0; i < n;) {
        u32 match = 0, from = 0;
        if (i + LEAST <= n) {
            u32 four = *(const u32 *) (in + i), slot = four * 2654435761u >> 20;
            from = latest[slot];
            latest[slot] = i + 1;
            if (from-- && i - from <= FAR && *(const u32 *) (in + from) == four) {
                for (match = LEAST; match < LONGEST && i + match < n && in[from + match] == in[i + match];) match++;
            }
        }
        if (!match) {
            if (literals < 0 || out[literals] == 127) literals = (i32) o, out[o++] = 0; else out[literals]++;
            out[o++] = in[i++];
            continue;
        }
        out[o++] = (u8) (128 + match - LEAST);
        out[o++] = (u8) (i - from);
        out[o++] = (u8) ((i - from) >> 8);
        i += match;
        literals = -1;
    }
    return o;
}

static u32 unpack(const u8 *in, u32 n, u8 *out) {
    u32 o = 0;
    for (u32 i = 0; i < n;) {
        u32 k = in[i++];
        if (k < 128) {
            for (k++; k; k--) out[o++] = in[i++];
        } else {
            u32 back = in[i] | (u32) in[i + 1] << 8;
            i += 2;
            for (k = k - 128 + LEAST; k; k--, o++) out[o] = out[o - back];
        }
    }
    return o;
}

void compress_prepare(void) { write_text(8); }

u64 compress_round(u64 seed) {
    u8 *packed = arena + (1 << 20), *unpacked = arena + (2 << 20);
    u64 sum = seed;
    for (int t = 0; t < 36; t++) {
        words_text[next(&seed) % (TEXT - 32)] = 'q';
        u32 n = length(words_text), k = pack((const u8 *) words_text, n, packed);
        if (unpack(packed, k, unpacked) != n || memcmp(words_text, unpacked, n)) broken("compression: other data");
        sum = mix(sum, k);
        for (u32 i = 0; i < k; i += 97) sum = mix(sum, packed[i]);
    }
    return sum;
}
