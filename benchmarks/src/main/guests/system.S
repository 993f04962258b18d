# System calls and faults: SYSCALL and SYSRET to a user loop, a #UD and an INT3 a round, handled by an IDT of its own. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: lea     rdi, [rip+idt]
        lea     rax, [rip+handler]
        mov     ecx, 32
1:      mov     [rdi], ax                       # 64-bit interrupt gates, DPL 3
        mov     word ptr [rdi+2], 8
        mov     word ptr [rdi+4], 0xEE00
        mov     rdx, rax
        shr     rdx, 16
        mov     [rdi+6], dx
        shr     rdx, 16
        mov     [rdi+8], edx
        mov     dword ptr [rdi+12], 0
        add     rdi, 16
        dec     ecx
        jnz     1b
        lgdt    [rip+gdtr]
        lidt    [rip+idtr]
        lea     rbx, [rip+call]
        mov     ecx, 0xC0000082                 # LSTAR
        mov     eax, ebx
        xor     edx, edx
        wrmsr
        mov     ecx, 0xC0000081                 # STAR: kernel 8, user base 16
        xor     eax, eax
        mov     edx, 0x00130008
        wrmsr
        mov     ecx, 0xC0000084                 # FMASK
        mov     eax, 0x200
        xor     edx, edx
        wrmsr
        mov     r15d, 8
2:      lea     rcx, [rip+user]
        mov     r11d, 2
        mov     r14d, 10
        sysretq
user:   mov     eax, 39                         # runs at level 3: the pages are user pages
        syscall
        dec     r14d
        jnz     user
        mov     eax, 1
        syscall
call:   cmp     eax, 39
        jne     3f
        inc     r13
        sysretq
3:      ud2
        int3
        jmp     2b
handler: cmp    word ptr [rsp], 0
        push    rax
        mov     rax, [rsp+8]
        cmp     word ptr [rax], 0x0B0F          # UD2: skip it; INT3 has been passed already
        jne     4f
        add     qword ptr [rsp+8], 2
4:      pop     rax
        iretq
        .align  8
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFF3000000FFFF, 0x00AFFB000000FFFF
gdtr:   .word   39
        .quad   gdt
idtr:   .word   511
        .quad   idt
        .align  16
idt:    .skip   512
