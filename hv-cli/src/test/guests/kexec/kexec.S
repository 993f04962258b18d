/* kexec: loads a kernel for the time after a crash (Linux, kexec_file_load(2)). The kernel is open as descriptor 3, its initrd as 4, its
   command line is the only argument. The exit status is the error number. `build` makes src/test/resources/guest/kexec of it. */
        .global _start
_start: movq    16(%rsp), %r10                  /* argv[1] */
        movq    %r10, %rdi
        xorl    %eax, %eax
        movq    $-1, %rcx
        repne scasb
        notq    %rcx                            /* length with its zero */
        movq    %rcx, %rdx
        movl    $3, %edi
        movl    $4, %esi
        movl    $2, %r8d                        /* KEXEC_FILE_ON_CRASH */
        movl    $320, %eax
        syscall
        negl    %eax
        movl    %eax, %edi
        movl    $60, %eax
        syscall
