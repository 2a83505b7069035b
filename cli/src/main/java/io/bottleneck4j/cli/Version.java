package io.bottleneck4j.cli;

import io.bottleneck4j.pipeline.Settings;
import picocli.CommandLine.IVersionProvider;

/** This program's version, as the build stated it. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"bottleneck4j " + Settings.version()};
    }
}
