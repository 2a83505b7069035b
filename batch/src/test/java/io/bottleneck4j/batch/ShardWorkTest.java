package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardWorkTest {
    @TempDir
    Path run;

    @Test
    void leftovers_go_butForLatents() throws IOException {
        Path making = Files.createDirectories(run.resolve("making-2-of-3"));
        Files.writeString(making.resolve(".write-1-x.tmp"), "half");
        Files.writeString(making.resolve("a.png"), "half");
        Files.writeString(making.resolve("a.latents.safetensors"), "whole");
        try (ShardWork work = ShardWork.begin(run, new Shard(2, 3))) {
            try (var left = Files.list(making)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("lock", "a.latents.safetensors");
            }
            Files.writeString(work.unfinished("b.png"), "b");
            ShardWork.finish(work.unfinished("b.png"), run.resolve("images/0/b.png"));
        }
        assertThat(run.resolve("images/0/b.png")).hasContent("b");
        assertThat(making.resolve("lock")).doesNotExist();
        assertThat(making.resolve("a.latents.safetensors")).exists();
    }

    @Test
    void folder_goes_whenNothingIsLeft() throws IOException {
        ShardWork.begin(run, Shard.WHOLE).close();
        assertThat(run.resolve("making")).doesNotExist();
    }

    @Test
    void shardsOfAnotherCount_areRefused_whileTheyAreMade() throws IOException {
        Path other = Files.createDirectories(run.resolve("making-1-of-2")).resolve("lock");
        try (FileChannel held = FileChannel.open(other, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(held.tryLock()).isNotNull();
            assertThatThrownBy(() -> ShardWork.begin(run, Shard.WHOLE))
                    .hasMessageContaining("is being made by another process in 2 parts; use the same number for all");
            ShardWork.begin(run, new Shard(2, 2)).close();
        }
        ShardWork.begin(run, Shard.WHOLE).close();
    }
}
