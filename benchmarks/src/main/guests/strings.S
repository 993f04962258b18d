# String operations: short and page-sized REP MOVS and STOS, REP SCASB, CMPS, LODS/STOS loop. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: cld
1:      mov     esi, 0x200000
        mov     edi, 0x300000
        mov     ecx, 512
        rep     movsq
        mov     edi, 0x310000
        mov     ecx, 4096
        xor     eax, eax
        rep     stosb
        mov     edi, 0x310000
        mov     ecx, 100
        mov     al, 1
        repne   scasb
        mov     esi, 0x200000
        mov     edi, 0x300000
        mov     ecx, 64
        repe    cmpsb
        mov     r8d, 200
2:      mov     esi, 0x200000
        mov     edi, 0x300000
        mov     ecx, 24
        rep     movsb
        dec     r8d
        jnz     2b
        mov     esi, 0x200000
        mov     edi, 0x320000
        mov     ecx, 64
3:      lodsb
        stosb
        dec     ecx
        jnz     3b
        jmp     1b
