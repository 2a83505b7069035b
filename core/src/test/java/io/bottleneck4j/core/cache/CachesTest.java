package io.bottleneck4j.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.sampling.StepCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CachesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "reuse",
                "reuse:first=2:every=4",
                "reuse:steps=0.1.4",
                "taylor",
                "taylor:every=2:order=0",
                "taylor:feature=hidden",
                "linear:first=3",
                "freqca",
                "freqca:cut=0.3:order=1:feature=hidden",
                "easycache",
                "easycache:threshold=0.1:first=2",
                "firstblock",
                "firstblock:threshold=0.12",
                "toca",
                "toca:every=2:fresh=0.2",
                "toca-paper",
                "duca:every=10:seed=7"
            })
    void parse_thenToString_isTheSame(String spelling) {
        assertThat(Caches.parse(spelling)).hasToString(spelling).isEqualTo(Caches.parse(spelling));
    }

    /** What is as usual is not said, so that equal caches are spelled alike. */
    @ParameterizedTest
    @CsvSource({
        "taylor:every=3:first=2, taylor",
        "freqca:order=2:cut=0.1, freqca",
        "easycache:first=5, easycache",
        "toca:fresh=0.1:every=4, toca",
        "dpcache:steps=0.1.5, taylor:steps=0.1.5",
        "taylor:feature=velocity, taylor"
    })
    void toString_leavesOutWhatIsUsual(String written, String spelling) {
        assertThat(Caches.parse(written)).hasToString(spelling);
    }

    @Test
    void parse_none_isNoCache() {
        assertThat(Caches.parse("none")).isSameAs(StepCache.NONE);
    }

    @Test
    void names_canAllBeParsedButTheOneThatNeedsSteps() {
        assertThat(Caches.names()).filteredOn(name -> !name.equals("dpcache")).allSatisfy(Caches::parse);
        assertThat(Caches.names()).contains("dpcache").doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tailor | cache: 'tailor' is unknown; use one of none, reuse, taylor,",
                "taylor:evry=3 | cache taylor: evry is unknown; use order, steps, first, every, feature",
                "none:every=3 | cache none: every is unknown; it has no settings",
                "taylor:every | cache taylor: 'every' is not key=value; write it as taylor:key=value:key=value",
                "taylor: | cache taylor: '' is not key=value",
                "none: | cache none: '' is not key=value",
                "taylor:every=+3 | cache taylor: every: must be a whole number, such as 3, not '+3'",
                "taylor:every=٣ | cache taylor: every: must be a whole number",
                "freqca:cut=0x1p-3 | cache freqca: cut: must be a number, such as 0.1, not '0x1p-3'",
                "freqca:cut=0.1f | cache freqca: cut: must be a number",
                "easycache:threshold=1e400 | cache easycache: threshold: must be a number, such as 0.025, not '1e400'",
                "easycache:threshold=-1 | cache easycache: threshold: -1.0 is not a finite number above 0; use 0.01 to",
                "taylor:steps=0.1:first=2 | cache taylor: first is given beside steps, which says which steps are",
                "x3.json | cache: 'x3.json' is unknown; use one of none, reuse",
                "taylor:every= | cache taylor: 'every=' is not key=value",
                "taylor:=3 | cache taylor: '=3' is not key=value",
                "taylor:every=2:every=3 | cache taylor: every appears twice; keep one",
                "taylor:every=two | cache taylor: every: must be a whole number, such as 3, not 'two'",
                "taylor:every=1 | cache taylor: every: 1 computes every step; use 2 or more, or no cache",
                "taylor:first=0 | cache taylor: first: 0 leaves nothing to predict from",
                "taylor:order=2 | cache taylor: order: 2 is neither 0 nor 1",
                "freqca:order=3 | cache freqca: order: 3 is neither 1 nor 2",
                "freqca:cut=1.5 | cache freqca: cut: 1.5 is outside [0, 1]",
                "freqca:cut=NaN | cache freqca: cut: must be a number, such as 0.1, not 'NaN'",
                "reuse:steps=1.2 | cache reuse: steps: 1.2 must begin with 0",
                "reuse:steps=0.3.3 | cache reuse: steps: 0.3.3 must rise, but 3 follows 3",
                "reuse:steps=0-1 | cache reuse: steps: must be numbers of steps with points between, such as 0.1.4, not '0-1'",
                "reuse:steps=0.1:every=3 | cache reuse: every is given beside steps, which says which steps are computed",
                "taylor:feature=all | cache taylor: feature: must be velocity or hidden, not 'all'",
                "dpcache | cache dpcache: steps: is missing",
                "easycache:threshold=0 | cache easycache: threshold: 0.0 is not a finite number above 0",
                "easycache:first=1 | cache easycache: first: 1 shows no change to judge by",
                "firstblock:threshold=-1 | cache firstblock: threshold: -1.0 is not a finite number above 0",
                "toca:fresh=0 | cache toca: fresh: 0.0 is outside (0, 1]",
                "toca:seed=1 | cache toca: seed is unknown; use first, every, fresh",
            })
    void parse_unfit_saysWhatIsWrong(String spelling, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Caches.parse(spelling))
                .withMessageStartingWith(message);
    }

    @Test
    void parse_long_isShortenedInMessages() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Caches.parse("x".repeat(10_000)))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Caches.parse("taylor:" + "y".repeat(10_000) + "=1"))
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }
}
