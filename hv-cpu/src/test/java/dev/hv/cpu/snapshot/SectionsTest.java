package dev.hv.cpu.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SectionsTest {

    private static byte[] sample() {
        var out = new SectionWriter();
        out.begin("outer", 3);
        out.put(-1L);
        out.put("text");
        out.begin("inner", 1);
        out.put(new long[] {1, 2});
        out.put(true);
        out.end();
        out.put(5);
        out.end();
        out.begin("next", 1);
        out.end();
        return out.toBytes();
    }

    @Test
    void whatWasWrittenIsRead() {
        var in = new SectionReader(sample());
        in.begin("outer", 3);
        assertThat(in.take()).isEqualTo(-1);
        assertThat(in.takeText()).isEqualTo("text");
        in.begin("inner", 1);
        long[] two = new long[2];
        in.take(two);
        assertThat(two).containsExactly(1, 2);
        assertThat(in.takeBoolean()).isTrue();
        in.end();
        assertThat(in.take()).isEqualTo(5);
        in.end();
        assertThat(in.atEnd()).isFalse();
        in.begin("next", 1);
        in.end();
        assertThat(in.atEnd()).isTrue();
    }

    @Test
    void aSectionCanBeReadAlone() {
        byte[] bytes = sample();
        var entries = SectionReader.list(bytes);
        assertThat(entries).extracting(SectionReader.Entry::name).containsExactly("outer", "next");
        assertThat(entries.getFirst().version()).isEqualTo(3);
        var in = new SectionReader(bytes, entries.get(1));
        in.begin("next", 1);
        in.end();
        assertThat(in.atEnd()).isTrue();
    }

    @Test
    void complaintsNameTheSection() {
        assertThatThrownBy(() -> new SectionReader(sample()).begin("other", 1)).hasMessageContaining("section outer where other was expected");
        assertThatThrownBy(() -> new SectionReader(sample()).begin("outer", 2)).hasMessageContaining("section outer has version 3");
        var in = new SectionReader(sample());
        in.begin("outer", 3);
        assertThatThrownBy(in::end).hasMessageContaining("section outer has");
        var short1 = new SectionReader(sample());
        short1.begin("outer", 3);
        short1.skip();
        short1.begin("next", 1);
        assertThatThrownBy(short1::take).hasMessageContaining("section next is too short");
        assertThatThrownBy(() -> new SectionReader(new byte[0]).begin("outer", 3)).hasMessageContaining("section outer is missing");
    }

    @Test
    void noBitCanBeTurnedOverUnseen() {
        byte[] bytes = sample();
        for (int i = 0; i < 8 * bytes.length; i++) {
            byte[] bad = bytes.clone();
            bad[i >> 3] ^= (byte) (1 << (i & 7));
            assertThatThrownBy(() -> SectionReader.list(bad)).as("bit " + i).isInstanceOf(StateFormatException.class);
        }
    }

    @Test
    void anythingElseEndsInAComplaint() {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (random.nextBoolean() && bytes.length > 14) {
                bytes[0] = (byte) random.nextInt(6);
                bytes[1] = 0;
            }
            if (bytes.length > 0) {
                assertThatThrownBy(() -> SectionReader.list(bytes)).isInstanceOf(StateFormatException.class);
            }
        }
    }
}
