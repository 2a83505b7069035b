package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.eval.document.Html;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ComparisonPageTest {
    @Test
    void html_complete_showsEveryPictureAndNumber() {
        String html = ComparisonPage.html(Comparisons.made(2, 2));
        assertThat(html)
                .contains("<img src=\"pictures/baseline/0.png\"", "<img src=\"pictures/fast/1.png\"")
                .contains("<img src=\"pictures/fast/0-stage-1.png\"")
                .contains("<td>8</td><td>1.00 TFLOPs</td><td>0.25</td><td>1.50 s</td><td>20.5 dB</td><td>0.500</td>")
                .contains("32x32, 3 of 4 steps")
                .doesNotContain("Not complete");
    }

    @Test
    void html_textOfUsers_cannotBecomeTags() {
        String html = ComparisonPage.html(Comparisons.made(1, 1));
        assertThat(html)
                .contains("<h2>a &lt;fox&gt; &amp; &quot;0&quot; <span")
                .contains("alt=\"a &lt;fox&gt; &amp; &quot;0&quot;, fast\"")
                .contains("<title>Plans &lt;compared&gt;</title>")
                .doesNotContain("<fox>");
    }

    @Test
    void html_loadsNothingFromElsewhere() {
        Matcher addresses = Pattern.compile("(?:src|href|action)=\"([^\"]*)\"|url\\(|@import")
                .matcher(ComparisonPage.html(Comparisons.made(2, 2)));
        int count = 0;
        while (addresses.find()) {
            assertThat(addresses.group(1)).startsWith("pictures/");
            count++;
        }
        assertThat(count).isGreaterThan(8);
        assertThat(ComparisonPage.html(Comparisons.made(1, 1))).doesNotContain("://");
    }

    @Test
    void html_notComplete_saysHowMuchIsThere() {
        Comparison comparison = Comparisons.made(3, 1);
        assertThat(ComparisonPage.html(comparison))
                .contains("2 of 6 pictures are made")
                .contains("not made");
        assertThat(ComparisonPage.html(comparison.with(List.of()))).contains("0 of 6 pictures are made");
    }

    @Test
    void html_controls_canBeReachedAndAreNamed() {
        String html = ComparisonPage.html(Comparisons.made(1, 1));
        assertThat(html)
                .contains("<label>left <select class=\"left\">")
                .contains("<input type=\"range\"")
                .contains("aria-label=\"how much of the left picture")
                .contains("<details><summary>")
                .contains("<html lang=\"en\">");
    }

    @Test
    void address_oddNames_areEncoded() {
        assertThat(Html.address("pictures/a b/ü#?.png")).isEqualTo("pictures/a%20b/%C3%BC%23%3F.png");
    }
}
