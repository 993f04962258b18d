package dev.hv.cpu.conform;

/**
 * One single-instruction test recorded on silicon (format hv-vectors-1, docs/cli.md).
 *
 * @param id name, unique in its file
 * @param mode 64, or 32 for compatibility mode
 * @param bytes the instruction
 * @param in state before
 * @param out state after, whole: what the file leaves out of {@code out} stays as it was
 * @param trap exception vector, -1 for none
 * @param error error code of the exception; meaningful when {@code hasError}
 * @param cr2 page-fault address; meaningful when {@code hasCr2}
 * @param undefinedFlags RFLAGS bits not compared
 */
public record Vector(String id, int mode, byte[] bytes, VectorState in, VectorState out, int trap, boolean hasError, int error, boolean hasCr2,
        long cr2, long undefinedFlags) {}
