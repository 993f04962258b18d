# Entry of the hypervisor that is a guest: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main; entries into its guest;
# the guest's code.
        .include "../../../main/guests/multiboot.inc"
_start: mov     esp, offset stack_end
        map_four_gigabytes
        enable_long_mode 0x20, 0x80000021       # PAE; PG, NE, PE
        call_main stack_end
1:      cli
        hlt
        jmp     1b

        .macro  push_host
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        push    rdi
        .endm

        .macro  pop_host
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        .endm

        # registers: RAX, RBX, RCX, RDX, RSI, RDI, of which RAX is moved elsewhere
        .macro  load_guest
        mov     rbx, [rdi + 8]
        mov     rcx, [rdi + 16]
        mov     rdx, [rdi + 24]
        mov     rsi, [rdi + 32]
        mov     rdi, [rdi + 40]
        .endm

        # the address of the registers is on the stack
        .macro  save_guest
        push    rdi
        mov     rdi, [rsp + 8]
        mov     [rdi + 8], rbx
        mov     [rdi + 16], rcx
        mov     [rdi + 24], rdx
        mov     [rdi + 32], rsi
        pop     [rdi + 40]
        pop     rdi
        .endm

# u64 vmx_enter(u64 *registers, u64 resume): 0 after an exit, 1 when the entry failed.
        .globl  vmx_enter, vmx_exit
vmx_enter:
        push_host
        mov     eax, 0x6C14                     # host RSP
        vmwrite rax, rsp
        test    rsi, rsi
        mov     rax, [rdi]
        load_guest
        jnz     1f
        vmlaunch
        jmp     2f
1:      vmresume
2:      pop     rdi
        mov     eax, 1
        pop_host
        ret
vmx_exit:
        save_guest
        mov     [rdi], rax
        xor     eax, eax
        pop_host
        ret

# void svm_enter(u64 *registers, u64 vmcb): RAX of the guest is in the VMCB.
        .globl  svm_enter
svm_enter:
        push_host
        mov     rax, rsi
        load_guest
        clgi
        sti                                     # what comes makes the guest exit, and is taken behind STGI
        vmrun
        stgi
        nop
        cli
        save_guest
        pop_host
        ret

        .globl  timer_entry
timer_entry:
        push    rax
        lock inc qword ptr [ticks]
        mov     eax, 0xFEE000B0
        mov     dword ptr [rax], 0
        pop     rax
        iretq

# The guest, in real-address mode at 0x1000 of its own memory: sums up words that it writes to pages of its own, tells each sum by OUT, and asks CPUID now and then.
        .code16
        .globl  guest_code, guest_end
guest_code:
        xor     ebx, ebx
        mov     esi, 1
round:  mov     cx, 400
        mov     ax, 0x2000
        mov     ds, ax
1:      mov     di, cx
        shl     di, 7
        mov     [di], si
        mov     ax, [di]
        movzx   eax, ax
        add     ebx, eax
        inc     esi
        loop    1b
        mov     eax, ebx
        out     0x80, eax
        test    si, 0x70
        jnz     round
        mov     eax, 0x12345
        push    ebx
        push    esi
        cpuid
        pop     esi
        pop     ebx
        jmp     round
guest_end:

        .data
        .align  8
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
        .quad   0, 0                            # the task-state segment: main fills it in
        .globl  gdt, gdt_pointer
gdt_pointer: .word 39
        .quad   gdt

        .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   16384
        .globl  tss
tss:    .skip   4096
stack:  .skip   16384
stack_end:
