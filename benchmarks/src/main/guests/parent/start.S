        .globl  _start
        .text
_start: xor     %ebp, %ebp
        and     $-16, %rsp
        call    main
