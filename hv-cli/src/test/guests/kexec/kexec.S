/* kexec: loads a kernel (Linux, kexec_file_load(2)). The kernel is open as descriptor 3, its initrd as 4, its command line is the first
   argument. Alone, it is for the time after a crash; with a second argument, whatever that says, it is started at once (reboot(2)), without
   another look at file systems. The exit status is the error number. `build` makes src/test/resources/guest/kexec of it. */
        .global _start
_start: movq    (%rsp), %rbx                    /* argc */
        movq    16(%rsp), %r10                  /* argv[1] */
        movq    %r10, %rdi
        xorl    %eax, %eax
        movq    $-1, %rcx
        repne scasb
        notq    %rcx                            /* length with its zero */
        movq    %rcx, %rdx
        movl    $3, %edi
        movl    $4, %esi
        movl    $2, %r8d                        /* KEXEC_FILE_ON_CRASH */
        cmpq    $3, %rbx
        jb      load
        xorl    %r8d, %r8d
load:   movl    $320, %eax
        syscall
        testl   %eax, %eax
        jnz     end
        cmpq    $3, %rbx
        jb      end
        movl    $0xfee1dead, %edi               /* LINUX_REBOOT_MAGIC1 and 2 */
        movl    $672274793, %esi
        movl    $0x45584543, %edx               /* LINUX_REBOOT_CMD_KEXEC */
        movl    $169, %eax
        syscall
end:    negl    %eax
        movl    %eax, %edi
        movl    $60, %eax
        syscall
