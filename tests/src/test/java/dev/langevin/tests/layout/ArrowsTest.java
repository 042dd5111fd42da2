package dev.langevin.tests.layout;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.langevin.training.TrainMnist;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * design.md, section 1: the modules' arrows kernels -> engine -> model -> sampling -> training -> cli, what nothing
 * below the command line may do, and the greatest length of a file.
 */
class ArrowsTest {
    private static final List<String> ORDER = List.of("kernels", "engine", "model", "sampling", "training", "cli", "benchmarks");
    private static final int MOST_LINES = 500;

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(location -> !location.contains("dev/langevin/tests"))
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.langevin");

    private static String[] packages(List<String> modules) {
        return modules.stream().map(m -> "dev.langevin." + m + "..").toArray(String[]::new);
    }

    @Test
    void everyModuleWasRead() {
        for (String module : ORDER.subList(1, 5)) {
            assertTrue(classes.stream().anyMatch(c -> c.getPackageName().startsWith("dev.langevin." + module)), module);
        }
        assertTrue(classes.stream().noneMatch(c -> c.getPackageName().startsWith("dev.langevin.tests")));
    }

    @Test
    void arrowsPointOneWay() {
        for (int i = 0; i < ORDER.size() - 1; i++) {
            noClasses().that().resideInAPackage("dev.langevin." + ORDER.get(i) + "..")
                    .should().dependOnClassesThat().resideInAnyPackage(packages(ORDER.subList(i + 1, ORDER.size())))
                    .allowEmptyShould(true).check(classes);
        }
        classes().should().resideInAnyPackage(packages(ORDER)).check(classes);
    }

    @Test
    void modulesHaveNoCycles() {
        slices().matching("dev.langevin.(*)..").should().beFreeOfCycles().check(classes);
    }

    /** Sampling sees a ScoreFunction, never a network. */
    @Test
    void samplingKnowsNoNetwork() {
        noClasses().that().resideInAPackage("dev.langevin.sampling..")
                .should().dependOnClassesThat().resideInAPackage("dev.langevin.model.nn..").check(classes);
        noClasses().that().resideInAPackage("dev.langevin.model.sde..")
                .should().dependOnClassesThat().haveFullyQualifiedName("dev.langevin.engine.Tensor").check(classes);
    }

    /** TrainMnist is a main class to be read, and prints as one; everything else leaves that to the command line. */
    @Test
    void nothingBelowTheCommandLinePrintsOrExits() {
        String[] below = packages(ORDER.subList(0, 5));
        noClasses().that(resideInAnyOf(below)).should().callMethod(System.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "halt", int.class)
                .allowEmptyShould(true).check(classes);
        noClasses().that(resideInAnyOf(below)).and(not(equivalentTo(TrainMnist.class)))
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(Throwable.class, "printStackTrace")
                .allowEmptyShould(true).check(classes);
    }

    private static DescribedPredicate<JavaClass> resideInAnyOf(String... packages) {
        return JavaClass.Predicates.resideInAnyPackage(packages);
    }

    /** Kernels see float arrays and sizes; only the backend and its table know tensors and ops. */
    @Test
    void theEngineKnowsNothingOfDiffusion() {
        noClasses().that().resideInAPackage("dev.langevin.engine..")
                .should().dependOnClassesThat(resideInAPackage("dev.langevin..").and(not(resideInAnyOf("dev.langevin.engine..", "dev.langevin.kernels.."))))
                .check(classes);
    }

    @Test
    void noFileIsTooLong() {
        List<String> tooLong = new ArrayList<>();
        int files = 0;
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.isDirectory(root.resolve("engine/src/main/java"))) {
            root = root.getParent();
        }
        for (String module : ORDER) {
            Path sources = root.resolve(module).resolve("src/main/java");
            if (Files.isDirectory(sources)) {
                try (var walk = Files.walk(sources)) {
                    for (Path file : walk.filter(f -> f.toString().endsWith(".java")).toList()) {
                        files++;
                        int lines = Files.readAllLines(file).size();
                        if (lines > MOST_LINES) {
                            tooLong.add(root.relativize(file) + ": " + lines + " lines");
                        }
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        assertEquals(List.of(), tooLong);
        assertTrue(files > 100, "the sources were found");
    }
}
