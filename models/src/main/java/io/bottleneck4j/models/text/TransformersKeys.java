package io.bottleneck4j.models.text;

import io.bottleneck4j.models.folder.Config;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keys of a transformers config.json that change nothing in what an encoder here computes, by the reason why. Source:
 * configuration_utils.py@5.23.0, PreTrainedConfig, and of older versions what published files still hold.
 */
final class TransformersKeys {
    /** What a file says of itself; the class is named by model_index.json, the numbers' type by who loads. */
    private static final String ABOUT = """
            architectures model_type transformers_version torch_dtype dtype tokenizer_class auto_map name_or_path
            use_bfloat16 torchscript tf_legacy_loss""";

    /** How much Python returns, and in which form. */
    private static final String RESULTS =
            "output_hidden_states output_attentions return_dict use_return_dict use_cache output_past";

    /** For training, or for weights that no file gives. */
    private static final String TRAINING = """
            attention_dropout dropout dropout_rate classifier_dropout initializer_factor initializer_range
            gradient_checkpointing""";

    /** The same numbers in another order of computing, or by another kernel; heads that are gone are gone in the weights. */
    private static final String COMPUTING =
            "chunk_size_feed_forward pretraining_tp attn_implementation experts_implementation pruned_heads";

    /** Heads for classes of texts; no encoder here has one. */
    private static final String CLASSES =
            "id2label label2id num_labels problem_type finetuning_task task_specific_params";

    /** Writing text token by token; Python, too, drops these on loading. */
    private static final String GENERATION = """
            assistant_confidence_threshold assistant_lookbehind bad_words_ids begin_suppress_tokens decoder_start_token_id
            diversity_penalty do_sample early_stopping encoder_no_repeat_ngram_size encoder_repetition_penalty epsilon_cutoff
            eta_cutoff exponential_decay_length_penalty forced_bos_token_id forced_eos_token_id length_penalty max_length
            min_length n_positions no_repeat_ngram_size num_assistant_tokens num_assistant_tokens_schedule num_beam_groups
            num_beams num_return_sequences output_scores prefix remove_invalid_values repetition_penalty
            return_dict_in_generate suppress_tokens target_lookbehind temperature top_k top_p typical_p""";

    /** Other halves of a model, of which the encoder is one: a decoder, or what ties a head to the embedding. */
    private static final String OTHER_HALVES = """
            is_encoder_decoder add_cross_attention cross_attention_hidden_size tie_encoder_decoder tie_word_embeddings
            num_decoder_layers scale_decoder_outputs""";

    /** Tokens that the tokenizer puts in, and that the encoder does not look for. */
    private static final String TOKENS = "bos_token_id pad_token_id sep_token_id";

    /** All of them. */
    static final Set<String> WITHOUT_EFFECT = Stream.of(
                    ABOUT, RESULTS, TRAINING, COMPUTING, CLASSES, GENERATION, OTHER_HALVES, TOKENS)
            .flatMap(keys -> Arrays.stream(keys.split("\\s+", -1)))
            .collect(Collectors.toUnmodifiableSet());

    private TransformersKeys() {}

    /**
     * Accounts for a configuration's keys once what the encoder needs is read.
     *
     * @param more keys of this class that have no effect either
     */
    static void account(Config config, String owner, String... more) {
        config.refuseUnless("quantization_config", Set.of());
        config.refuseUnless("per_layer_config", Set.of());
        config.account(
                owner,
                Stream.concat(WITHOUT_EFFECT.stream(), Arrays.stream(more)).collect(Collectors.toUnmodifiableSet()));
    }
}
