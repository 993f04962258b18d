package dev.hv.cpu.vmx;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class VmcsTextTest {

    @Test
    void everyFieldHasTheNameOfItsConstant() throws IllegalAccessException {
        int count = 0;
        for (Field f : VmcsField.class.getDeclaredFields()) {
            if (Modifier.isPublic(f.getModifiers()) && f.getType() == int.class) {
                assertThat(VmcsText.name(f.getInt(null))).isEqualTo(f.getName().toLowerCase(Locale.ROOT).replace('_', '-'));
                count++;
            }
        }
        assertThat(count).isGreaterThan(100);
        assertThat(VmcsText.name(0x7FFE)).isEqualTo("0x7ffe");
    }
}
