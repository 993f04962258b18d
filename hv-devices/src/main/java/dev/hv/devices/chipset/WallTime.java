package dev.hv.devices.chipset;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/** Calendar fields of a real-time clock in its four formats: decimal or binary, 12 or 24 hours. */
final class WallTime {

    static final int SECONDS = 0;
    static final int MINUTES = 2;
    static final int HOURS = 4;
    static final int DAY_OF_WEEK = 6;
    static final int DAY = 7;
    static final int MONTH = 8;
    static final int YEAR = 9;
    private static final int PM = 0x80;

    private final boolean binary;
    private final boolean hours24;

    /**
     * A format.
     *
     * @param binary register B's DM: plain binary rather than decimal digits
     * @param hours24 register B's 24/12
     */
    WallTime(boolean binary, boolean hours24) {
        this.binary = binary;
        this.hours24 = hours24;
    }

    int encode(int value) {
        return binary ? value : value / 10 << 4 | value % 10;
    }

    int decode(int value) {
        return binary ? value : (value >> 4) * 10 + (value & 0xF);
    }

    int encodeHour(int hour) {
        if (hours24) {
            return encode(hour);
        }
        int h = hour % 12 == 0 ? 12 : hour % 12;
        return encode(h) | (hour >= 12 ? PM : 0);
    }

    int decodeHour(int value) {
        return hours24 ? decode(value) : decode(value & ~PM) % 12 + ((value & PM) != 0 ? 12 : 0);
    }

    /** Fills the time and date registers (alarms are left alone); returns the century register. */
    int toRegisters(long epochSeconds, int[] registers) {
        var t = LocalDateTime.ofEpochSecond(epochSeconds, 0, ZoneOffset.UTC);
        registers[SECONDS] = encode(t.getSecond());
        registers[MINUTES] = encode(t.getMinute());
        registers[HOURS] = encodeHour(t.getHour());
        registers[DAY_OF_WEEK] = encode(t.getDayOfWeek().getValue() % 7 + 1);
        registers[DAY] = encode(t.getDayOfMonth());
        registers[MONTH] = encode(t.getMonthValue());
        registers[YEAR] = encode(t.getYear() % 100);
        return encode(t.getYear() / 100);
    }

    /** Seconds since 1970 of what the registers say; fields out of range are brought into it. */
    long toEpochSeconds(int[] registers, int century) {
        int year = Math.clamp(decode(century), 0, 99) * 100 + Math.clamp(decode(registers[YEAR]), 0, 99);
        var date = LocalDate.of(year, Math.clamp(decode(registers[MONTH]), 1, 12), 1)
                .plusDays(Math.clamp(decode(registers[DAY]), 1, 31) - 1L);
        var time = LocalTime.of(Math.clamp(decodeHour(registers[HOURS]), 0, 23), Math.clamp(decode(registers[MINUTES]), 0, 59),
                Math.clamp(decode(registers[SECONDS]), 0, 59));
        return LocalDateTime.of(date, time).toEpochSecond(ZoneOffset.UTC);
    }
}
