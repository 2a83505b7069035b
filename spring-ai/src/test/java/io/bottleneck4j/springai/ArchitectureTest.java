package io.bottleneck4j.springai;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;

@AnalyzeClasses(packages = "io.bottleneck4j.springai", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule adapter_knowsThePipelineAndSpringAlone = classes()
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "java.lang..",
                            "java.util..",
                            "java.nio.file..",
                            "io.bottleneck4j.springai..",
                            "io.bottleneck4j.pipeline..",
                            "io.micrometer.observation..",
                            "org.springframework..",
                            "org.jspecify..",
                            "org.apiguardian..")
                    .or(belongToAnyOf(Device.class, DType.class, Quantization.class)));

    @ArchTest
    static final ArchRule model_needsNoSpringBoot = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.springai")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework.boot..", "..springai.autoconfigure..");

    @ArchTest
    static final ArchRule adapter_printsNothing = noClasses().should(ACCESS_STANDARD_STREAMS);
}
