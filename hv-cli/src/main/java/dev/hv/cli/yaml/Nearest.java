package dev.hv.cli.yaml;

import java.util.Collection;

/** The word that somebody meant, by the number of letters to change (Levenshtein's distance, with neighbours changing places as one). */
public final class Nearest {

    private static final int LONGEST = 64;

    private Nearest() {}

    /** The known word nearest to another; null when none is near. */
    public static String to(String word, Collection<String> known) {
        String best = null;
        int least = word.length() / 3 + 2;
        for (String k : known) {
            int d = word.length() > LONGEST ? least : distance(word, k);
            if (d < least) {
                least = d;
                best = k;
            }
        }
        return best;
    }

    /** What is known, with the nearest word in front: {@code ; did you mean 'kernel'? Known: …}. */
    public static String hint(String word, Collection<String> known) {
        String nearest = to(word, known);
        return (nearest == null ? "" : "; did you mean '" + nearest + "'?") + (nearest == null ? "; known: " : " Known: ") + String.join(", ", known);
    }

    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
