# Ways into the small operating system, its way back to a program, and from one program to another.
        .intel_syntax noprefix
        .text

        .macro  save
        push    rax
        push    rcx
        push    rdx
        push    rbx
        push    rbp
        push    rsi
        push    rdi
        push    r8
        push    r9
        push    r10
        push    r11
        push    r12
        push    r13
        push    r14
        push    r15
        .endm

        .macro  restore
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rdi
        pop     rsi
        pop     rbp
        pop     rbx
        pop     rdx
        pop     rcx
        pop     rax
        .endm

# SYSCALL. The GS base that SWAPGS brings is struct processor's: the kernel's stack, and room for the program's stack pointer.
        .globl  enter_call
enter_call:
        swapgs
        mov     gs:[8], rsp
        mov     rsp, gs:[0]
        push    0x23                            # as an interrupt would leave it: SS, RSP, RFLAGS, CS, RIP
        push    gs:[8]
        push    r11
        push    0x2B
        push    rcx
        push    0                               # error code and vector
        push    0
        save
        mov     rdi, rsp
        call    system_call
        restore
        add     rsp, 16
        mov     rcx, [rsp]
        mov     r11, [rsp + 16]
        mov     rsp, [rsp + 24]
        swapgs
        sysretq

# Exceptions and interrupts: 256 equal entries of 16 bytes push an error code where the processor does not, and the vector.
        .globl  entries
        .align  16
entries:
        .set    vector, 0
        .rept   256
        .align  16
        .if     !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
        push    0
        .endif
        push    vector
        jmp     enter
        .set    vector, vector + 1
        .endr

enter:  save
        test    byte ptr [rsp + 18*8], 3        # from level 3?
        jz      1f
        swapgs
1:      mov     rdi, rsp
        cld
        call    interrupt
        .globl  leave_interrupt
leave_interrupt:
        restore
        add     rsp, 16
        test    byte ptr [rsp + 8], 3
        jz      2f
        swapgs
2:      iretq

# void switch_stacks(u64 *save, u64 load): goes on where the other stack stopped.
        .globl  switch_stacks
switch_stacks:
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [rdi], rsp
        mov     rsp, rsi
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        ret
