package io.bottleneck4j.eval.suite;

import io.bottleneck4j.models.vision.Detection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a picture shows.
 *
 * @param found the things in it, the likeliest first
 * @param background its colour
 */
public record Seen(List<Detection> found, BackgroundColour background) {

    public Seen {
        found = List.copyOf(found);
    }

    long count(String label) {
        return found.stream().filter(one -> one.label().equals(label)).count();
    }

    /** The likeliest of a kind. */
    Optional<Detection> likeliest(String label) {
        return found.stream().filter(one -> one.label().equals(label)).findFirst();
    }

    /** As {@code 2 owl, 1 star}. */
    @Override
    public String toString() {
        if (found.isEmpty()) {
            return "nothing";
        }
        return found.stream()
                .collect(Collectors.groupingBy(Detection::label, TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }
}
