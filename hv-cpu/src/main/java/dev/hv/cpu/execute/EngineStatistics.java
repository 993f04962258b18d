package dev.hv.cpu.execute;

/**
 * What an engine did since power-on.
 *
 * @param blocks blocks decoded
 * @param translated blocks translated to machine code
 * @param instructions instructions in these
 * @param bytes machine code written for them, in bytes
 * @param entries times that machine code was entered
 * @param slow times that it left an instruction to the interpreter
 * @param fills times that it left for a page that the translation cache did not know
 */
public record EngineStatistics(long blocks, long translated, long instructions, long bytes, long entries, long slow, long fills) {

    /** Of no engine. */
    public static final EngineStatistics NONE = new EngineStatistics(0, 0, 0, 0, 0, 0, 0);

    /** Those of two engines together. */
    public EngineStatistics plus(EngineStatistics o) {
        return new EngineStatistics(blocks + o.blocks, translated + o.translated, instructions + o.instructions, bytes + o.bytes, entries + o.entries, slow + o.slow,
                fills + o.fills);
    }
}
