package dev.hv.cpu.state;

/** Exception vectors (SDM vol. 3A, table 7-1). */
public final class Vector {
    public static final int DE = 0;
    public static final int DB = 1;
    public static final int NMI = 2;
    public static final int BP = 3;
    public static final int OF = 4;
    public static final int BR = 5;
    public static final int UD = 6;
    public static final int NM = 7;
    public static final int DF = 8;
    public static final int TS = 10;
    public static final int NP = 11;
    public static final int SS = 12;
    public static final int GP = 13;
    public static final int PF = 14;
    public static final int MF = 16;
    public static final int AC = 17;
    public static final int MC = 18;
    public static final int XM = 19;
    public static final int VE = 20;
    public static final int CP = 21;

    private static final int WITH_ERROR_CODE = 1 << DF | 1 << TS | 1 << NP | 1 << SS | 1 << GP | 1 << PF | 1 << AC | 1 << CP;
    private static final int CONTRIBUTORY = 1 << DE | 1 << TS | 1 << NP | 1 << SS | 1 << GP | 1 << CP;

    private Vector() {}

    /** Whether delivery in protected mode pushes an error code. */
    public static boolean hasErrorCode(int vector) {
        return vector < 32 && (WITH_ERROR_CODE >>> vector & 1) != 0;
    }

    /** Whether it counts as contributory for double faults (SDM vol. 3A, table 7-4). */
    public static boolean contributory(int vector) {
        return vector < 32 && (CONTRIBUTORY >>> vector & 1) != 0;
    }
}
