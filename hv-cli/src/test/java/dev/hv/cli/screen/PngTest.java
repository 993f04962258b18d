package dev.hv.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures as the JDK's own reader sees them. */
class PngTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 256, 257, 100_000})
    void everyPixelIsRead(int colours) throws Exception {
        var random = new Random(colours);
        int[] palette = random.ints(colours, 0, 1 << 24).toArray();
        int[] pixels = new int[123 * 77];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = palette[i < colours ? i : random.nextInt(colours)];
        }
        byte[] file = Png.of(new ScreenImage(123, 77, pixels));
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(file));
        assertThat(read.getWidth()).isEqualTo(123);
        assertThat(read.getHeight()).isEqualTo(77);
        for (int i = 0; i < pixels.length; i++) {
            assertThat(read.getRGB(i % 123, i / 123) & 0xFFFFFF).isEqualTo(pixels[i]);
        }
        assertThat(read.getColorModel().getPixelSize()).isEqualTo(colours <= 256 ? 8 : 24);
    }
}
