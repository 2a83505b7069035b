package io.bottleneck4j.cli.options;

import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.torch.DType;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code --dtype} takes. */
enum Dtype {
    AUTO(null),
    FLOAT32(DType.FLOAT32),
    BFLOAT16(DType.BFLOAT16),
    FLOAT16(DType.FLOAT16);

    /** Null for the fastest sound one. */
    public final @Nullable DType wanted;

    Dtype(@Nullable DType wanted) {
        this.wanted = wanted;
    }

    /** Its words. */
    public static final class Words extends Word<Dtype> {
        public Words() {
            super(lower(values()), Dtype::parse);
        }
    }

    public static Dtype parse(String word) {
        for (Dtype dtype : values()) {
            if (dtype.name().toLowerCase(Locale.ROOT).equals(word)) {
                return dtype;
            }
        }
        throw new IllegalArgumentException("dtype: must be auto, float32, bfloat16 or float16, not '" + word + "'");
    }
}
