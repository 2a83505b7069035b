package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Tensor;

/** What an encoder is given beside its weights: token ids, and what each token may look at. */
final class EncoderInputs {
    private EncoderInputs() {}

    /**
     * The ids as int64 [1, L] on the device. No ids, or one outside the vocabulary, are refused before the native
     * library sees them: on a GPU a wrong one would end the whole process's CUDA context.
     */
    static Tensor ids(long[] ids, int vocabSize, Device device) {
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

    /**
     * A bias of attention scores [1, 1, L, L], float32: 0 where the key does not come after the query and is no padding, else −∞.
     *
     * @param tokens how many come before the padding, at least 1
     */
    static Tensor causalMask(int length, int tokens) {
        float[] mask = new float[length * length];
        for (int query = 0; query < length; query++) {
            for (int key = Math.min(query + 1, tokens); key < length; key++) {
                mask[query * length + key] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(mask, 1, 1, length, length);
    }
}
