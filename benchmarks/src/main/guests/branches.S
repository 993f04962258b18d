# Branches: data-dependent conditions from a linear congruential generator, a jump table. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: mov     eax, 1
        lea     r12, [rip+table]
1:      imul    eax, eax, 1103515245
        add     eax, 12345
        mov     edx, eax
        shr     edx, 16
        test    dl, 1
        jz      2f
        inc     r8
2:      test    dl, 2
        jnz     3f
        inc     r9
3:      cmp     dl, 0x40
        ja      4f
        inc     r10
4:      and     edx, 3
        movsxd  rcx, dword ptr [r12+rdx*4]
        add     rcx, r12
        jmp     rcx
5:      inc     r11
        jmp     1b
6:      dec     r11
        jmp     1b
7:      xor     r11, rax
        jmp     1b
8:      add     r11, rax
        jmp     1b
        .align  4
table:  .long   5b-table, 6b-table, 7b-table, 8b-table
