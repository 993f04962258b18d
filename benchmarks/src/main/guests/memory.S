# Memory mix: loads, stores, read-modify-write, byte loads, stack, over 192 KiB from 2 MiB on. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: mov     esi, 0x200000
        xor     r9d, r9d
1:      mov     rax, [rsi+r9*8]
        add     rax, 1
        mov     [rsi+r9*8], rax
        mov     edx, [rsi+r9*4+0x10000]
        add     [rsi+0x20000], edx
        movzx   ebx, byte ptr [rsi+r9+0x28000]
        push    rbx
        pop     rbp
        inc     r9d
        and     r9d, 0xfff
        jne     1b
        jmp     1b
