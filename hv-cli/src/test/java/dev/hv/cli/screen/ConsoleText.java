package dev.hv.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import javax.imageio.ImageIO;

/** Reads the text of a Linux console from a picture of it: its font, 8 by 16, is learned from a line that is known to stand there. */
public final class ConsoleText {

    /** Every character of ASCII that is to be seen, with a space at the end. */
    public static final String ALPHABET = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~ ";

    private static final int WIDTH = 8;
    private static final int HEIGHT = 16;

    private final BufferedImage picture;
    private final Map<String, Character> font = new HashMap<>();

    /**
     * Learns the font.
     *
     * @param row in which {@link #ALPHABET} stands, from the left edge on
     */
    public ConsoleText(Path png, int row) throws IOException {
        picture = ImageIO.read(png.toFile());
        for (int i = 0; i < ALPHABET.length(); i++) {
            font.put(cell(i, row), ALPHABET.charAt(i));
        }
        assertThat(font).as("different characters look different").hasSize(ALPHABET.length());
    }

    /** Lines of text that it has room for. */
    public int rows() {
        return picture.getHeight() / HEIGHT;
    }

    private String cell(int column, int row) {
        int[] pixels = new int[WIDTH * HEIGHT];
        picture.getRGB(column * WIDTH, row * HEIGHT, WIDTH, HEIGHT, pixels, 0, WIDTH);
        return Arrays.toString(pixels);
    }

    /** A line without spaces at its end; what is no character that was learned, such as the cursor, is a question mark. */
    public String line(int row) {
        var text = new StringBuilder();
        for (int c = 0; c < picture.getWidth() / WIDTH; c++) {
            text.append(font.getOrDefault(cell(c, row), '?'));
        }
        return text.toString().stripTrailing();
    }
}
