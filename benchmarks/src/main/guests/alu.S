# ALU mix: additions, logic, shifts, address arithmetic, compare and branch on registers. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: mov     ecx, 0x12345
        xor     eax, eax
1:      add     rax, rcx
        lea     rdx, [rax+rcx*2+5]
        xor     rdx, rax
        shr     rdx, 3
        sub     ecx, 1
        and     edx, 0xffff
        or      rbx, rdx
        imul    rsi, rdx, 7
        mov     rdi, rsi
        cmp     rdi, rbx
        jb      2f
        inc     r8
2:      test    ecx, ecx
        jne     1b
        jmp     _start
