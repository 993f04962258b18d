# Entry: multiboot-1 header, from 32-bit protected mode into 64-bit mode with 1 GiB mapped where it lies, then main.
        .include "../../../../../hv-cli/src/main/guests/multiboot.inc"
_start: mov     esp, offset stack_top
        mov     edi, ebx                        # multiboot information, main's argument
        mov     eax, offset pdpt + 7            # who may do what is said by the last level
        mov     [pml4], eax
        mov     eax, offset directory + 7
        mov     [pdpt], eax
        mov     eax, 0x183                      # present, writable, large, global
        mov     ecx, offset directory
1:      mov     [ecx], eax
        add     eax, 0x200000
        add     ecx, 8
        cmp     ecx, offset directory + 4096
        jne     1b
        mov     eax, cr4
        or      eax, 0x6A0                      # PAE, PGE, OSFXSR, OSXMMEXCPT
        mov     cr4, eax
        mov     eax, offset pml4
        mov     cr3, eax
        mov     ecx, 0xC0000080                 # EFER: LME, SCE
        rdmsr
        or      eax, 0x101
        wrmsr
        mov     eax, cr0
        and     eax, 0xFFFFFFFB                 # PG, WP, MP, PE, no EM
        or      eax, 0x80010003
        mov     cr0, eax
        call_main stack_top
        ud2

        .data
        .align  8
        .globl  gdt
# null; code and data of level 0; for SYSRET: code of 32 bits, data, code of 64 bits of level 3; a task state segment, which os.c fills in
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF, 0x00CFFB000000FFFF, 0x00CFF3000000FFFF, 0x00AFFB000000FFFF, 0, 0
gdt_pointer: .word . - gdt - 1
        .long   gdt

        .bss
        .align  4096
        .globl  pml4, directory
pml4:   .skip   4096
pdpt:   .skip   4096
directory: .skip 4096
stack:  .skip   65536
stack_top:
