# VM exits: a CPUID, which always exits in guest operation, and a few instructions between. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: xor     esi, esi
1:      xor     eax, eax
        cpuid
        add     rsi, rbx
        xor     rsi, rcx
        inc     r8
        jmp     1b
