# Entry of the guest that looks for faults: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main; and interrupt handlers that count.
        .include "../../../main/guests/multiboot.inc"
_start: mov     esp, offset stack_top
        mov     edi, ebx                        # multiboot information, main's argument
        map_four_gigabytes
        enable_long_mode 0x620, 0x80000003, 0x9ffffffb # PAE, OSFXSR, OSXMMEXCPT; no EM, caches on
        call_main stack_top
1:      cli
        hlt
        jmp     1b

        .globl  synic_interrupt, vector_interrupt, pin_interrupt, nmi_interrupt
synic_interrupt:
        inc     qword ptr [synic_interrupts]    # the hypervisor ends it
        iretq
nmi_interrupt:
        inc     qword ptr [nmis]
        iretq
pin_interrupt:
        inc     qword ptr [pin_interrupts]
        jmp     1f
vector_interrupt:
        inc     qword ptr [vector_interrupts]
1:      push    rax
        push    rcx
        push    rdx
        xor     eax, eax
        xor     edx, edx
        mov     ecx, 0x80B                      # end of interrupt
        wrmsr
        pop     rdx
        pop     rcx
        pop     rax
        iretq

        .data
        .align  8
        .globl  synic_interrupts, vector_interrupts, pin_interrupts, nmis
synic_interrupts: .quad 0
vector_interrupts: .quad 0
pin_interrupts: .quad 0
nmis:   .quad   0
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer: .word 23
        .long   gdt

        .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   16384
stack:  .skip   16384
stack_top:
