# Entry of the parent: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main.
        .include "../multiboot.inc"
_start: mov     esp, offset stack_top
        mov     edi, ebx                        # multiboot information, main's argument
        # identity page tables: 1 GiB in 2 MiB pages
        mov     eax, offset pdpt + 3
        mov     [pml4], eax
        mov     eax, offset pd + 3
        mov     [pdpt], eax
        xor     ecx, ecx
1:      mov     eax, ecx
        shl     eax, 21
        or      eax, 0x83
        mov     [pd + ecx*8], eax
        inc     ecx
        cmp     ecx, 512
        jne     1b
        enable_long_mode 0x620, 0x80000003, 0xfffffffb # PAE, OSFXSR, OSXMMEXCPT; no EM
        call_main stack_top
1:      cli
        hlt
        jmp     1b

# What arrives at a synthetic source: the hypervisor ends the interrupt.
        .globl  synic_interrupt
synic_interrupt:
        inc     qword ptr [synic_interrupts]
        iretq

        .data
        .align  8
        .globl  synic_interrupts, gdt
synic_interrupts: .quad 0
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer: .word 23
        .long   gdt

        .bss
        .align  4096
        .globl  pml4
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   4096
stack:  .skip   32768
stack_top:
