# What further processors of the parent begin with, and what interrupts them under stress (stress.c).
        .intel_syntax noprefix
        .text
        .code16
        .globl  begin_code, begin_end
# From a start-up interrupt into 64-bit mode, copied to address 0x8000.
begin_code:
        cli
        xor     ax, ax
        mov     ds, ax
        lgdt    cs:[pointer - begin_code]
        mov     eax, 0x620
        mov     cr4, eax
        mov     eax, offset pml4
        mov     cr3, eax
        mov     ecx, 0xC0000080                 # EFER.LME
        rdmsr
        or      eax, 0x100
        wrmsr
        mov     eax, cr0
        and     eax, 0x9FFFFFFB                 # caches on, no EM
        or      eax, 0x80000003
        mov     cr0, eax
        .byte   0x66, 0xEA                      # far jump into the 64-bit code segment
        .long   begin64
        .word   8
        .align  4
pointer: .word  23
        .long   gdt
begin_end:

        .code64
begin64: mov    eax, 16
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     ecx, 0x40000002                 # its number, the argument
        rdmsr
        mov     edi, eax
        inc     eax
        shl     eax, 14
        lea     rsp, [processor_stacks + rax]
        call    stress_processor
1:      cli
        hlt
        jmp     1b

        .macro  handler name, function
        .globl  \name
\name:  push    rax
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    r8
        push    r9
        push    r10
        push    r11
        cld
        call    \function
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rax
        iretq
        .endm

        handler stress_message_entry, stress_message
        handler stress_call_entry, stress_call
        handler stress_poke_entry, stress_poke
        handler stress_meet_entry, stress_meet
        handler stress_tick_entry, stress_tick
        handler stress_nmi_entry, stress_nmi
        handler stress_late_entry, stress_late

        .bss
        .align  4096
        .globl  processor_stacks
processor_stacks: .skip 8 * 16384
