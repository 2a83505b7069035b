package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Tensor;

/** Checks token ids before the native library sees them: on a GPU a wrong one would end the whole process's CUDA context. */
final class TokenIds {
    private TokenIds() {}

    /**
     * The ids as int64 [1, L] on the device.
     *
     * @throws IllegalArgumentException if there is none, or one is outside the vocabulary
     */
    static Tensor tensor(long[] ids, int vocabSize, Device device) {
        if (ids.length == 0) {
            throw new IllegalArgumentException(
                    "ids: must hold at least one token, not none; encode with the tokenizer");
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabSize) {
                throw new IllegalArgumentException("ids: token " + ids[i] + " at position " + i + " is not in 0.."
                        + (vocabSize - 1) + "; use the tokenizer that belongs to this encoder");
            }
        }
        return Tensor.of(ids, 1, ids.length).to(device);
    }
}
