// A test as a line of JSON, format hv-vectors-1.
#include "oracle.h"
#include <cpuid.h>
#include <string.h>

static const char *const NAMES[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
static const char *comma;

static void hex(FILE *out, const uint8_t *bytes, int n) {
    for (int i = 0; i < n; i++) {
        fprintf(out, "%02x", bytes[i]);
    }
}

static void number(FILE *out, const char *name, uint64_t v, uint64_t was) {
    if (v != was) {
        fprintf(out, "%s\"%s\":\"0x%llx\"", comma, name, (unsigned long long) v);
        comma = ",";
    }
}

static void bytes(FILE *out, const char *name, int i, const uint8_t *v, const uint8_t *was, int n) {
    static const uint8_t zero[32];
    if (memcmp(v, was ? was : zero, n) != 0) {
        fprintf(out, "%s\"%s%d\":\"", comma, name, i);
        hex(out, v, n);
        fputc('"', out);
        comma = ",";
    }
}

static void registers(FILE *out, const struct state *s, const struct state *was) {
    static const struct state initial = {.rflags = 0x202, .mxcsr = 0x1F80, .fcw = 0x37F};
    const struct state *w = was ? was : &initial;
    comma = "";
    for (int i = 0; i < 16; i++) {
        number(out, NAMES[i], s->gpr[i], w->gpr[i]);
    }
    number(out, "rip", s->rip, w->rip);
    number(out, "rflags", s->rflags, w->rflags);
    number(out, "fsbase", s->base[0], w->base[0]);
    number(out, "gsbase", s->base[1], w->base[1]);
    number(out, "mxcsr", s->mxcsr, w->mxcsr);
    for (int i = 0; i < 16; i++) {
        bytes(out, "ymm", i, s->ymm[i], was ? was->ymm[i] : NULL, 32);
    }
    number(out, "fcw", s->fcw, w->fcw);
    number(out, "fsw", s->fsw, w->fsw);
    number(out, "ftw", s->ftw, w->ftw);
    for (int i = 0; i < 8; i++) {
        bytes(out, "st", i, s->st[i], was ? was->st[i] : NULL, 10);
    }
}

static void before(FILE *out, const struct test *t) {
    if (t->page_count == 0) {
        return;
    }
    fprintf(out, "%s\"mem\":{", comma);
    const char *c = "";
    for (int i = 0; i < t->page_count; i++) {
        bool first = t->pages[i].before[0] == 0;
        for (int k = 0; k < t->fill_count; k++) {
            first &= (t->fills[k].address & -PAGE) != t->pages[i].address;
        }
        if (first) {
            fprintf(out, "%s\"0x%llx\":\"00\"", c, (unsigned long long) t->pages[i].address);
            c = ",";
        }
    }
    for (int k = 0; k < t->fill_count; k++) {
        uint64_t a = t->fills[k].address;
        // of the same place filled twice the last counts, and that is what the page holds
        bool again = false;
        for (int i = 0; i < k; i++) {
            again |= t->fills[i].address == a && t->fills[i].length >= t->fills[k].length;
        }
        for (int i = k + 1; i < t->fill_count; i++) {
            again |= t->fills[i].address == a && t->fills[i].length > t->fills[k].length;
        }
        for (int i = 0; i < t->page_count && !again; i++) {
            if (t->pages[i].address == (a & -PAGE)) {
                fprintf(out, "%s\"0x%llx\":\"", c, (unsigned long long) a);
                hex(out, t->pages[i].before + (a & (PAGE - 1)), t->fills[k].length);
                fputc('"', out);
                c = ",";
            }
        }
    }
    fputc('}', out);
    comma = ",";
}

static void after(FILE *out, const struct test *t) {
    const char *c = "";
    for (int i = 0; i < t->page_count; i++) {
        const struct page *p = &t->pages[i];
        for (uint64_t from = 0; from < PAGE; from++) {
            if (p->before[from] == p->bytes[from]) {
                continue;
            }
            uint64_t to = from;
            for (uint64_t k = from; k < PAGE && k < to + 8; k++) {
                to = p->before[k] != p->bytes[k] ? k + 1 : to;
            }
            fprintf(out, "%s\"0x%llx\":\"", *c ? c : comma[0] ? ",\"mem\":{" : "\"mem\":{", (unsigned long long) (p->address + from));
            hex(out, p->bytes + from, to - from);
            fputc('"', out);
            c = ",";
            from = to;
        }
    }
    if (*c) {
        fputc('}', out);
    }
}

void write_header(FILE *out, uint64_t seed, const char *group) {
    unsigned a, b, c, d;
    char vendor[13] = {0};
    __cpuid(0, a, b, c, d);
    memcpy(vendor, &b, 4);
    memcpy(vendor + 4, &d, 4);
    memcpy(vendor + 8, &c, 4);
    __cpuid(1, a, b, c, d);
    unsigned family = (a >> 8 & 15) + (a >> 20 & 255), model = (a >> 4 & 15) | (a >> 12 & 0xF0);
    fprintf(out, "{\"format\":\"hv-vectors-1\",\"cpu\":\"%s (family %u model %u stepping %u)\",\"seed\":%llu,\"group\":\"%s\"}\n",
            strcmp(vendor, "AuthenticAMD") == 0 ? "AMD" : vendor, family, model, a & 15, (unsigned long long) seed, group);
}

void write_test(FILE *out, const struct test *t, const char *group, uint32_t n) {
    fprintf(out, "{\"id\":\"%s_%d_%s/%06u\",\"mode\":%d,\"bytes\":\"", group, t->mode, t->name, n, t->mode);
    hex(out, t->code, t->length);
    fputs("\",\"in\":{", out);
    registers(out, &t->in, NULL);
    before(out, t);
    fputs("},\"out\":{", out);
    registers(out, &t->out, &t->in);
    after(out, t);
    if (t->trap < 0) {
        fputs("},\"trap\":null", out);
    } else {
        fprintf(out, "},\"trap\":{\"vector\":%d", t->trap);
        if (t->error >= 0) {
            fprintf(out, ",\"error\":%d", t->error);
        }
        if (t->has_cr2) {
            fprintf(out, ",\"cr2\":\"0x%llx\"", (unsigned long long) t->cr2);
        }
        fputc('}', out);
    }
    fprintf(out, ",\"undefinedFlags\":\"0x%x\"}\n", t->undefined);
}
