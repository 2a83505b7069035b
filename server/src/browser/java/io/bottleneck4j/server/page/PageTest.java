package io.bottleneck4j.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.ReducedMotion;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The server's page in a real Chromium: Debian's, or the one that the environment variable CHROMIUM names. */
class PageTest {
    private static final String PROMPT = "a panda on a green background, 3d style";

    /** The largest seed; a JavaScript number would make 18446744073709552000 of it. */
    private static final String LARGEST_SEED = "18446744073709551615";

    /** What Chromium itself writes of an answer that is not 2xx; the page can do nothing about it. */
    private static final String REFUSED = "Failed to load resource";

    private static String base;
    private static Playwright playwright;
    private static Browser browser;

    private final List<String> complaints = new ArrayList<>();
    private final List<String> strangers = new ArrayList<>();
    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void launch() {
        base = PageServer.start().replaceAll("/+$", "");
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of(System.getenv().getOrDefault("CHROMIUM", "/usr/bin/chromium")))
                        .setArgs(List.of("--no-sandbox")));
        PlaywrightAssertions.setDefaultAssertionTimeout(60_000);
    }

    @AfterAll
    static void close() {
        playwright.close();
    }

    @BeforeEach
    void open() {
        open(new Browser.NewContextOptions().setViewportSize(1280, 900));
    }

    private void open(Browser.NewContextOptions options) {
        if (context != null) {
            context.close();
        }
        context = browser.newContext(options.setReducedMotion(ReducedMotion.REDUCE));
        page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            String url = request.url();
            if (!url.startsWith(base + "/") && !url.startsWith("blob:") && !url.startsWith("data:")) {
                strangers.add(url);
            }
        });
        visit();
    }

    private void visit() {
        page.navigate(base + "/");
        assertThat(page.locator("#plan option").first()).isAttached();
    }

    @AfterEach
    void leave() {
        context.close();
        assertThat(complaints).as("what the console says").isEmpty();
        assertThat(strangers).as("requests to other hosts").isEmpty();
    }

    /** Chromium's own line about a refused request is expected; nothing else is. */
    private void expectRefusal() {
        complaints.removeIf(line -> line.startsWith(REFUSED));
    }

    private Locator field(String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    private Locator named(String name) {
        return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private Locator progress() {
        return page.locator("#progress-text");
    }

    private Locator alert() {
        return page.getByRole(AriaRole.ALERT);
    }

    private void make(String seed) {
        field("Prompt").fill(PROMPT);
        field("Seed").fill(seed);
        named("Make picture").click();
        assertThat(progress()).hasText("The picture is finished.");
    }

    @Test
    void make_withControlEnter_showsPreviewsThenThePicture() {
        // Previews of a small model are gone within a blink, so the page itself notes them.
        page.evaluate("""
                () => {
                  window.stages = [];
                  new MutationObserver(() => {
                    const stage = document.querySelector('.tile')?.dataset.stage;
                    if (stage && !window.stages.includes(stage)) window.stages.push(stage);
                  }).observe(document.querySelector('#tiles'), {subtree: true, attributes: true, childList: true});
                }""");
        field("Prompt").fill(PROMPT);
        page.keyboard().press("Control+Enter");
        assertThat(progress()).hasText("The picture is finished.");
        assertThat(page.locator(".tile img").last()).hasAttribute("alt", PROMPT);
        assertThat(page.locator("#summary")).containsText("First preview");
        assertThat((List<?>) page.evaluate("() => window.stages")).isNotEmpty();
        assertThat(page.locator("#live")).hasText("The picture is finished.");
        assertThat(page.locator("#gallery-list .card").first()).containsText(PROMPT);
        assertThat(page.locator("#gallery-list .card img").first()).hasAttribute("src", Pattern.compile("blob:.*"));
    }

    @Test
    void make_severalPictures_showsEachWithItsSeed() {
        field("Pictures").fill("2");
        field("Prompt").fill(PROMPT);
        field("Seed").fill("41");
        named("Make picture").click();
        assertThat(progress()).hasText("2 pictures are finished.");
        assertThat(page.locator(".tile figcaption").nth(0)).containsText("seed 41");
        assertThat(page.locator(".tile figcaption").nth(1)).containsText("seed 42");
    }

    @Test
    void seed_of64Bits_staysAsItIs() {
        make(LARGEST_SEED);
        assertThat(page.locator(".tile figcaption")).containsText("seed " + LARGEST_SEED);
        named("Random").click();
        assertThat(field("Seed")).hasValue("");
        named("Last seed").click();
        assertThat(field("Seed")).hasValue(LARGEST_SEED);
    }

    @Test
    void cancel_whileRunning_stopsAndSaysSo() {
        field("Prompt").fill(PROMPT);
        field("Pictures").fill(field("Pictures").getAttribute("max"));
        named("Make picture").click();
        assertThat(page.locator("#cancel")).isVisible();
        page.keyboard().press("Escape");
        assertThat(progress()).hasText("Cancelled.");
        assertThat(page.locator("#live")).hasText("Cancelled.");
        assertThat(page.locator("#cancel")).isHidden();
        assertThat(page.locator("#alert-box")).isHidden();
        field("Pictures").fill("1");
        make("5");
    }

    @Test
    void error_ofTheServer_isShownAndItsFieldMarked() {
        field("Prompt").fill(PROMPT);
        field("Seed").fill("99999999999999999999");
        named("Make picture").click();
        assertThat(alert()).containsText("seed");
        assertThat(alert()).containsText("invalid_request_error");
        assertThat(field("Seed")).hasAttribute("aria-invalid", "true");
        named("Dismiss").click();
        assertThat(page.locator("#alert-box")).isHidden();
        expectRefusal();
    }

    @Test
    void busyServer_tellsHowLongToWait() {
        page.route(
                "**/v1/images/generations",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setStatus(429)
                        .setHeaders(Map.of("Retry-After", "7", "Content-Type", "application/json"))
                        .setBody("""
                                {"error": {"message": "The queue is full.", "type": "rate_limit_error"}}""")));
        field("Prompt").fill(PROMPT);
        named("Make picture").click();
        assertThat(alert()).hasText("The queue is full. (rate_limit_error)");
        assertThat(page.locator("#alert-wait")).hasText(Pattern.compile("Try again in [1-7] s\\."));
        expectRefusal();
    }

    @Test
    void key_whereAsked_isSentAndForgottenWithTheTab() {
        page.route("**/v1/**", route -> {
            if ("Bearer secret".equals(route.request().headers().get("authorization"))) {
                route.resume();
            } else {
                route.fulfill(new Route.FulfillOptions()
                        .setStatus(401)
                        .setContentType("application/json")
                        .setBody("""
                                {"error": {"message": "A key is needed.", "type": "authentication_error"}}"""));
            }
        });
        page.navigate(base + "/");
        assertThat(alert()).containsText("A key is needed.");
        assertThat(field("API key")).isFocused();
        field("API key").fill("secret");
        page.keyboard().press("Enter");
        assertThat(page.locator("#plan option").first()).isAttached();
        assertThat(page.locator("#key-form")).isHidden();
        assertThat(page.evaluate("() => Object.values(localStorage).includes('secret')"))
                .isEqualTo(false);
        expectRefusal();
    }

    @Test
    void again_putsTheSettingsBack() {
        make("77");
        field("Prompt").fill("something else");
        field("Seed").fill("");
        page.locator("#gallery-list .card")
                .first()
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Again"))
                .click();
        assertThat(field("Prompt")).hasValue(PROMPT);
        assertThat(field("Seed")).hasValue("77");
        assertThat(field("Prompt")).isFocused();
    }

    @Test
    void delete_onlyWhereConfirmed() {
        make("3");
        Locator card = page.locator("#gallery-list .card").first();
        assertThat(card).containsText("Seed3");
        int before = page.locator("#gallery-list .card").count();
        Locator delete = card.getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Delete"));
        delete.click();
        named("Keep").click();
        assertThat(page.locator("#gallery-list .card")).hasCount(before);
        delete.click();
        page.locator("#ask-yes").click();
        assertThat(page.locator("#gallery-list .card")).hasCount(before - 1);
    }

    @Test
    void compare_byKeyboard_movesTheSlider() {
        field("Prompt").fill(PROMPT);
        field("Compare two plans").check();
        named("Compare plans").click();
        assertThat(progress()).hasText("2 pictures are finished.");
        assertThat(page.locator("#compare-view figcaption")).containsText("times as fast");
        Locator captions = page.locator(".tile figcaption");
        assertThat(seedIn(captions.nth(0))).isEqualTo(seedIn(captions.nth(1)));
        Locator slider = page.locator("#split");
        slider.focus();
        assertThat(slider).hasAttribute("aria-valuetext", Pattern.compile("50 % .*, 50 % .*"));
        page.keyboard().press("End");
        assertThat(slider).hasAttribute("aria-valuetext", Pattern.compile("100 % .*, 0 % .*"));
        page.keyboard().press("ArrowLeft");
        assertThat(slider).hasAttribute("aria-valuetext", Pattern.compile("99 % .*, 1 % .*"));
        assertThat(page.locator("#compare-view img").nth(1)).hasCSS("clip-path", "inset(0px 1% 0px 0px)");
    }

    private static String seedIn(Locator caption) {
        return caption.innerText().replaceAll("(?s).*seed (\\d+).*", "$1");
    }

    @Test
    void mask_painted_hasThePicturesSizeAndIsUsed() throws IOException {
        chooseInput(96, 64);
        named("Paint a mask").click();
        BoundingBox board = page.locator("#paint-canvas").boundingBox();
        page.mouse().move(board.x + board.width / 4, board.y + board.height / 2);
        page.mouse().down();
        page.mouse().move(board.x + board.width / 2, board.y + board.height / 2);
        page.mouse().up();
        named("Use mask").click();
        assertThat(page.locator("#mask-state")).hasText("Only the light part of the mask may change.");
        assertThat(maskPixels()).containsExactly(96, 64, 1, 0, 0);
        make("9");
        assertThat(page.locator("#gallery-list .card").first()).containsText("Strength");
    }

    @Test
    void mask_byKeyboard_isPaintedToo() throws IOException {
        chooseInput(96, 64);
        named("Paint a mask").press("Enter");
        assertThat(page.locator("#paint-canvas")).isFocused();
        page.keyboard().press("ArrowLeft");
        page.keyboard().press("Space");
        for (int i = 0; i < 9; i++) {
            page.keyboard().press("Shift+ArrowLeft");
        }
        named("Use mask").press("Enter");
        assertThat(page.locator("#mask-thumb")).isVisible();
        assertThat(maskPixels()).containsExactly(96, 64, 1, 0, 0);
    }

    /** Width, height, and the mask in the middle of its line, at the top and at the right: 1 may change, 0 stays. */
    private List<Integer> maskPixels() {
        Object pixels = page.evaluate("""
                async () => {
                  const image = document.querySelector('#mask-thumb');
                  await image.decode();
                  const {naturalWidth: width, naturalHeight: height} = image;
                  const canvas = document.createElement('canvas');
                  [canvas.width, canvas.height] = [width, height];
                  const context = canvas.getContext('2d', {willReadFrequently: true});
                  context.drawImage(image, 0, 0);
                  const at = (x, y) => context.getImageData(x, y, 1, 1).data[0] / 255;
                  const [x, y] = [width * 3 / 8, height / 2];
                  return [width, height, at(x, y), at(x, 2), at(width - 2, y)];
                }""");
        return ((List<?>) pixels).stream().map(value -> ((Number) value).intValue()).toList();
    }

    @Test
    void input_removed_leavesAPlainRequest() throws IOException {
        chooseInput(64, 64);
        assertThat(page.locator("#input-name")).hasText("input.png, 64 × 64");
        named("Remove picture").click();
        assertThat(page.locator("#input-view")).isHidden();
        make("11");
    }

    @Test
    void input_ofAnotherKind_isRefused() {
        byte[] text = "no picture".getBytes(StandardCharsets.UTF_8);
        page.locator("#image").setInputFiles(new FilePayload("notes.txt", "text/plain", text));
        assertThat(alert()).hasText("The input picture must be a PNG, JPEG or WebP file.");
    }

    private void chooseInput(int width, int height) throws IOException {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.ORANGE);
        graphics.fillOval(width / 4, height / 4, width / 2, height / 2);
        graphics.dispose();
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", png);
        page.locator("#image").setInputFiles(new FilePayload("input.png", "image/png", png.toByteArray()));
        assertThat(page.locator("#input-view")).isVisible();
        // The result need not have the input's shape; the model's own size is quick and allowed.
        page.locator("#ratio").selectOption("default");
    }

    @Test
    void download_namesTheFileAfterPromptAndSeed() throws IOException {
        make("12");
        Download download = page.waitForDownload(() -> page.locator(".tile")
                .getByRole(AriaRole.BUTTON, new Locator.GetByRoleOptions().setName("Download"))
                .click());
        assertThat(download.suggestedFilename()).isEqualTo("a-panda-on-a-green-background-3d-style-12.png");
        assertThat(Files.readAllBytes(download.path())).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void video_isPolledAndShown() {
        serveVideos("");
        visit();
        assertThat(page.locator("#n")).isHidden();
        assertThat(page.locator("#image")).isHidden();
        assertThat(field("Frames")).isVisible();
        field("Prompt").fill(PROMPT);
        named("Make video").click();
        assertThat(progress()).hasText("The video is finished.");
        assertThat(page.locator(".tile video")).hasAttribute("aria-label", PROMPT);
        assertThat(page.locator(".tile figcaption")).containsText("seed " + LARGEST_SEED);
    }

    @Test
    void video_thatRunsWhenThePageIsLoaded_isShownAtItsEnd() {
        serveVideos(video("in_progress", 40));
        visit();
        assertThat(progress()).hasText("The video is finished.");
        assertThat(page.locator(".tile video")).hasAttribute("aria-label", PROMPT);
    }

    /** A server of one model, whose video is finished when it is asked after. */
    private void serveVideos(String listed) {
        page.route("**/v1/models", route -> route.fulfill(json("""
                {"object": "list", "data": [{"id": "clips", "object": "model", "kind": "video", "default_plan": "short",
                "plans": [{"name": "short", "speed_up": 2, "stages": [{"width": 64, "height": 64, "steps": 4}]}],
                "default_width": 64, "default_height": 64, "default_frames": 5, "size_multiple": 16,
                "max_pixels": 65536, "max_n": 1, "takes_image": false, "needs_image": false, "takes_mask": false,
                "needs_mask": false, "loras": []}]}""")));
        page.route("**/v1/videos?*", route -> route.fulfill(json("{\"object\": \"list\", \"data\": [" + listed + "]}")));
        page.route("**/v1/videos", route -> route.fulfill(json(video("queued", 0))));
        page.route("**/v1/videos/video_1", route -> route.fulfill(json(video("completed", 100))));
        page.route(
                "**/v1/videos/video_1/content",
                route -> route.fulfill(new Route.FulfillOptions().setContentType("video/mp4").setBody("no video")));
    }

    private static Route.FulfillOptions json(String body) {
        return new Route.FulfillOptions().setContentType("application/json").setBody(body);
    }

    private static String video(String status, int progress) {
        return """
                {"id": "video_1", "object": "video", "model": "clips", "status": "%s", "progress": %d, "position": 0,
                "created_at": 1, "prompt": "%s", "seconds": "1", "size": "64x64", "plan": "short", "seed": "%s"}"""
                .formatted(status, progress, PROMPT, LARGEST_SEED);
    }

    @Test
    void theme_followsTheSystemAndTheButton() {
        String light = background();
        open(new Browser.NewContextOptions().setColorScheme(ColorScheme.DARK));
        String dark = background();
        assertThat(dark).isNotEqualTo(light);
        assertThat(named("Dark mode")).hasAttribute("aria-pressed", "true");
        named("Dark mode").click();
        assertThat(background()).isEqualTo(light);
        visit();
        assertThat(background()).as("after a reload").isEqualTo(light);
    }

    private String background() {
        return (String) page.evaluate("() => getComputedStyle(document.body).backgroundColor");
    }

    @Test
    void phone_360Wide_hasNoSidewaysScrolling() throws IOException {
        open(new Browser.NewContextOptions().setViewportSize(360, 740));
        assertFits("at first");
        page.locator("summary").click();
        chooseInput(96, 64);
        assertFits("with everything open");
        named("Paint a mask").click();
        assertFits("with the mask's board");
        assertThat(number("document.querySelector('#paint').getBoundingClientRect().right"))
                .isLessThanOrEqualTo(360.0);
        page.locator("#paint-cancel").click();
        named("Remove picture").click();
        field("Compare two plans").check();
        field("Prompt").fill(PROMPT + " " + "w".repeat(80));
        named("Compare plans").click();
        assertThat(progress()).hasText("2 pictures are finished.");
        assertThat(page.locator("#gallery-list .card").first()).containsText("wwww");
        assertFits("with results");
    }

    private void assertFits(String when) {
        assertThat(number("document.documentElement.scrollWidth"))
                .as("width " + when)
                .isLessThanOrEqualTo(number("innerWidth"));
    }

    private Double number(String expression) {
        return ((Number) page.evaluate("() => " + expression)).doubleValue();
    }

    @Test
    void controls_allHaveNames() throws IOException {
        make("1");
        chooseInput(64, 64);
        Object nameless = page.evaluate("""
                () => [...document.querySelectorAll('input, select, textarea, button, canvas, video, dialog')]
                  .filter((each) => !(each.labels?.length > 0 && each.labels[0].textContent.trim())
                    && !each.getAttribute('aria-label')
                    && !document.getElementById(each.getAttribute('aria-labelledby'))
                    && !(each.matches('button') && each.textContent.trim()))
                  .map((each) => each.outerHTML.slice(0, 120))""");
        assertThat((List<?>) nameless).isEmpty();
        Object silent = page.evaluate("""
                () => [...document.querySelectorAll('img:not([alt])')].map((each) => each.outerHTML.slice(0, 120))""");
        assertThat((List<?>) silent).isEmpty();
    }

    @Test
    void keyboard_reachesEverythingInOrder() {
        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        assertThat(page.locator(".skip")).isInViewport();
        page.keyboard().press("Enter");
        page.keyboard().press("Tab");
        // The link leads to the prompt: what follows is the field after it, or the prompt itself.
        assertThat(page.locator("#prompt:focus, #model:focus")).hasCount(1);
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < 30 && !reached.contains("make"); i++) {
            page.keyboard().press("Tab");
            reached.add((String) page.evaluate("() => document.activeElement.id"));
            assertThat((Boolean) page.evaluate("() => document.activeElement.matches(':focus-visible')"))
                    .as("focus is to be seen on " + reached)
                    .isTrue();
        }
        assertThat(reached).containsSubsequence("plan", "compare", "ratio", "width", "height", "seed", "n", "make");
    }
}
