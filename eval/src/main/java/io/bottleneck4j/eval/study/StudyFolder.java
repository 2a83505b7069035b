package io.bottleneck4j.eval.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.store.Csv;
import io.bottleneck4j.eval.table.TableFolder;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The folder a study's result is written to, as tables {@code study.*}.
 *
 * @param tables where it is
 */
public record StudyFolder(TableFolder tables) {
    private static final String FORMAT = "bottleneck4j study result 1";

    /**
     * Makes the folder, if it is not there.
     *
     * @throws IllegalArgumentException if it cannot be made or written to, or if it holds such files of another origin
     * @throws IOException if a file in it cannot be read
     */
    public static StudyFolder open(Path path) throws IOException {
        return new StudyFolder(TableFolder.open(path, "study", FORMAT));
    }

    /**
     * Writes a result, in place of an older one.
     *
     * @throws IOException if a file cannot be written
     */
    public void write(StudyResult result) throws IOException {
        String title = "Blind study of " + result.study().model() + " on "
                + result.study().benchmark();
        tables.write(json(result), csv(result), title, new StudyTables(result).all(), "");
    }

    private static String csv(StudyResult result) {
        StringBuilder csv = new StringBuilder(
                "aspect,first,second,answers,first_share,first_low,first_high,second_share,"
                        + "second_low,second_high,same_share,same_low,same_high,difference,difference_low,difference_high\n");
        for (Verdicts verdicts : result.verdicts()) {
            Wilson first = verdicts.firstShare();
            Wilson second = verdicts.secondShare();
            Wilson same = verdicts.sameShare();
            Bootstrap difference = verdicts.difference();
            csv.append(Csv.row(
                    verdicts.aspect(),
                    verdicts.first(),
                    verdicts.second(),
                    verdicts.given().size(),
                    first.share(),
                    first.low(),
                    first.high(),
                    second.share(),
                    second.low(),
                    second.high(),
                    same.share(),
                    same.low(),
                    same.high(),
                    difference.mean(),
                    difference.low(),
                    difference.high()));
        }
        return csv.toString();
    }

    private static ObjectNode json(StudyResult result) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT)
                .put("study", result.study().id())
                .put("model", result.study().model())
                .put("benchmark", result.study().benchmark())
                .put("questions", result.study().questions().size());
        ArrayNode rows = json.putArray("pairs");
        for (Verdicts verdicts : result.verdicts()) {
            ObjectNode row = rows.addObject()
                    .put("aspect", verdicts.aspect().toString())
                    .put("first", verdicts.first())
                    .put("second", verdicts.second())
                    .put("answers", verdicts.given().size());
            put(row, "first_chosen", verdicts.firstShare());
            put(row, "second_chosen", verdicts.secondShare());
            put(row, "same", verdicts.sameShare());
            Bootstrap difference = verdicts.difference();
            row.putObject("first_less_second")
                    .put("value", difference.mean())
                    .putArray("interval_95")
                    .add(difference.low())
                    .add(difference.high());
        }
        ObjectNode sides = json.putObject("sides");
        for (Choice choice : Choice.values()) {
            sides.put(choice.toString(), result.count(choice));
        }
        ArrayNode participants = json.putArray("participants");
        result.participants()
                .forEach(one -> participants
                        .addObject()
                        .put("name", one.name())
                        .put("file", String.valueOf(one.file().getFileName()))
                        .put("answers", one.answers().size())
                        .put("expected", result.study().answers()));
        return json;
    }

    private static void put(ObjectNode row, String key, Wilson share) {
        row.putObject(key)
                .put("share", share.share())
                .putArray("interval_95")
                .add(share.low())
                .add(share.high());
    }
}
