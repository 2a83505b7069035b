package io.bottleneck4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.properties.HasAnnotations;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.junit.jupiter.api.Test;

/** What of the library is for its users: marked, closed in itself, and small. */
class PublicApiTest {
    private static final int MOST = 74;

    /** Programs, which are for nobody's code. */
    private static final Set<String> PROGRAMS =
            Set.of("io.bottleneck4j.cli", "io.bottleneck4j.benchmarks", "io.bottleneck4j.examples");

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.bottleneck4j");

    private static final List<JavaClass> PUBLIC = ALL.stream()
            .filter(PublicApiTest::isPublic)
            .filter(type -> PROGRAMS.stream().noneMatch(type.getPackageName()::startsWith))
            .toList();

    @Test
    void publicTypes_areMarked_themselvesOrByTheirPackage() {
        assertThat(PUBLIC).as("of all libraries").hasSizeGreaterThan(200);
        assertThat(PUBLIC.stream().filter(type -> status(type).isEmpty()).map(JavaClass::getName))
                .as("mark the package by @API(status = ...) in its package-info.java")
                .isEmpty();
    }

    @Test
    void api_isSmall() {
        assertThat(PUBLIC.stream()
                        .filter(type -> type.isTopLevelClass() && isApi(type))
                        .map(JavaClass::getName))
                .hasSizeBetween(40, MOST);
    }

    /** But for members that are marked as internal themselves. */
    @Test
    void api_mentionsOnlyItselfAndTheJdk() {
        Set<String> others = new TreeSet<>();
        for (JavaClass type : PUBLIC) {
            if (isApi(type)) {
                mentions(type).forEach(mention -> {
                    if (!isForUsers(mention.type().getBaseComponentType())) {
                        others.add(
                                mention.where() + " mentions " + mention.type().getName());
                    }
                });
            }
        }
        assertThat(others).isEmpty();
    }

    @Test
    void examples_useOnlyTheApi() {
        Set<String> others = ALL.stream()
                .filter(type -> type.getPackageName().equals("io.bottleneck4j.examples"))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                .filter(type ->
                        isOurs(type) && !type.getPackageName().equals("io.bottleneck4j.examples") && !isApi(type))
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(others).isEmpty();
    }

    private record Mention(String where, JavaClass type) {}

    /** The types in what a user's compiler sees of a type. */
    private static Stream<Mention> mentions(JavaClass type) {
        Stream<Mention> parents = Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream())
                .flatMap(parent -> parent.getAllInvolvedRawTypes().stream())
                .map(parent -> new Mention(type.getName(), parent));
        Stream<Mention> members = type.getMembers().stream()
                .filter(PublicApiTest::isSeen)
                .flatMap(member -> member.getAllInvolvedRawTypes().stream()
                        .map(mentioned -> new Mention(member.getFullName(), mentioned)));
        return Stream.concat(parents, members);
    }

    private static boolean isSeen(JavaMember member) {
        Set<JavaModifier> modifiers = member.getModifiers();
        boolean open = modifiers.contains(JavaModifier.PUBLIC)
                || (modifiers.contains(JavaModifier.PROTECTED)
                        && !member.getOwner().getModifiers().contains(JavaModifier.FINAL));
        return open
                && !modifiers.contains(JavaModifier.SYNTHETIC)
                && !own(member).equals(Optional.of(API.Status.INTERNAL));
    }

    private static boolean isForUsers(JavaClass type) {
        return type.isPrimitive() || type.getPackageName().startsWith("java.") || (isPublic(type) && isApi(type));
    }

    private static boolean isApi(JavaClass type) {
        return isOurs(type)
                && status(type).filter(status -> status != API.Status.INTERNAL).isPresent();
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().startsWith("io.bottleneck4j.");
    }

    /** Seen from everywhere: it and all that it is nested in. */
    private static boolean isPublic(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(PublicApiTest::isPublic).orElse(true);
    }

    /** A type's own mark, else that of the type around it, else that of its package. */
    private static Optional<API.Status> status(JavaClass type) {
        return own(type)
                .or(() -> type.getEnclosingClass().flatMap(PublicApiTest::status))
                .or(() -> type.getPackage().tryGetAnnotationOfType(API.class).map(API::status));
    }

    private static Optional<API.Status> own(HasAnnotations<?> marked) {
        return marked.tryGetAnnotationOfType(API.class).map(API::status);
    }
}
