package io.bottleneck4j.torch.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What people find in place of a download, told by a file's first bytes: a pointer, a web page, another format. */
public final class ForeignFile {
    private static final int LOOKED_AT = 512;
    private static final String POINTER = "version https://git-lfs.github.com/spec/";
    private static final Pattern POINTED = Pattern.compile("oid (\\S{1,80})\\s+size (\\d{1,19})");
    private static final Pattern PAGE = Pattern.compile("\\s*<(!doctype|html|head|\\?xml|!--).*", Pattern.DOTALL);
    private static final String CONVERT =
            "; convert it to safetensors: load it in Python and save it again with save_pretrained(...)";

    private ForeignFile() {}

    /**
     * What a file that is none of its kind, whatever kind that is, really is, and what to do: a Git LFS pointer, a web page, or nothing
     * at all. Begins with "is".
     */
    public static Optional<String> placeholder(Path file) {
        return placeholder(file, start(file));
    }

    /** The same of a file that should hold safetensors: also other formats of weights, archives and plain text. */
    static Optional<String> inPlaceOfSafetensors(Path file) {
        byte[] start = start(file);
        Optional<String> placeholder = placeholder(file, start);
        if (placeholder.isEmpty() && isGguf(start)) {
            return Optional.of(
                    "is a GGUF file and not safetensors; end its name in .gguf, or where safetensors are asked"
                            + " for fetch the model's safetensors");
        }
        return placeholder.isPresent() ? placeholder : format(start, "safetensors");
    }

    /** The same of a file that should be GGUF; empty where it is. */
    static Optional<String> inPlaceOfGguf(Path file) {
        byte[] start = start(file);
        if (isGguf(start)) {
            return Optional.empty();
        }
        Optional<String> placeholder = placeholder(file, start);
        return placeholder.isPresent() ? placeholder : format(start, "GGUF");
    }

    /** Whether a file begins as GGUF does. */
    static boolean isGguf(Path file) {
        return isGguf(start(file));
    }

    private static boolean isGguf(byte[] start) {
        return begins(start, 'G', 'G', 'U', 'F');
    }

    private static Optional<String> placeholder(Path file, byte[] start) {
        if (start.length == 0) {
            return isEmpty(file)
                    ? Optional.of("is empty: nothing was downloaded, or not to the end; fetch it again")
                    : Optional.empty();
        }
        String text = new String(start, StandardCharsets.UTF_8);
        if (text.startsWith(POINTER)) {
            Matcher pointed = POINTED.matcher(text);
            String size = pointed.find() ? " of " + pointed.group(2) + " bytes" : "";
            return Optional.of("is a Git LFS pointer, which stands for the file" + size
                    + " and is not it; run 'git lfs install' and 'git lfs pull' in the folder it was cloned to, or download"
                    + " the file itself");
        }
        if (PAGE.matcher(text.toLowerCase(Locale.ROOT)).matches()) {
            return Optional.of(
                    "is a web page and not the file: the download was answered by a page, as of a login or an"
                            + " error; download it again, signed in where the model asks for that");
        }
        return Optional.empty();
    }

    /**
     * What other format a file is of.
     *
     * @param wanted the format that was looked for
     */
    private static Optional<String> format(byte[] start, String wanted) {
        if (begins(start, 'P', 'K', 3, 4)) {
            return Optional.of(
                    "is a zip archive, as torch.save writes (.bin, .pt, .ckpt), and not " + wanted + CONVERT);
        }
        if (start.length > 1 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5) {
            return Optional.of("is a Python pickle, as old versions of torch.save write, and not " + wanted + CONVERT);
        }
        if (begins(start, 0x89, 'H', 'D', 'F')) {
            return Optional.of(
                    "is an HDF5 file, as TensorFlow's weights, and not " + wanted + "; fetch the model's safetensors");
        }
        if (begins(start, 0x1f, 0x8b) || begins(start, '7', 'z', 0xbc, 0xaf) || begins(start, 0x28, 0xb5, 0x2f, 0xfd)) {
            return Optional.of("is a compressed archive and not " + wanted + "; unpack it first");
        }
        String text = text(start);
        return text.isBlank()
                ? Optional.empty()
                : Optional.of("is text and no weights; it begins '" + Excerpt.of(text.strip(), 60)
                        + "', which may say why; fetch it again");
    }

    private static boolean begins(byte[] start, int... magic) {
        for (int i = 0; i < magic.length; i++) {
            if (i >= start.length || (start[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** The bytes as text, or none if they are not all text; a character cut at the end does no harm. */
    private static String text(byte[] start) {
        int whole = start.length < LOOKED_AT ? start.length : start.length - 4;
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(start, 0, whole))
                    .toString();
        } catch (CharacterCodingException e) {
            return "";
        }
        boolean readable = text.chars().noneMatch(c -> Character.isISOControl(c) && !Character.isWhitespace(c));
        return readable ? text : "";
    }

    private static byte[] start(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(LOOKED_AT);
        } catch (IOException e) {
            return new byte[0]; // who asks has a complaint of its own
        }
    }

    private static boolean isEmpty(Path file) {
        try {
            return Files.size(file) == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
