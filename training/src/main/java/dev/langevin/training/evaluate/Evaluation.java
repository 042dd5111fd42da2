package dev.langevin.training.evaluate;

import dev.langevin.engine.InputException;
import dev.langevin.sampling.metrics.Accuracy;
import dev.langevin.sampling.metrics.ClassHistogram;
import dev.langevin.sampling.metrics.Features;
import dev.langevin.sampling.metrics.Frechet;
import dev.langevin.sampling.metrics.Gaussian;
import dev.langevin.sampling.metrics.InceptionScore;
import dev.langevin.sampling.metrics.Kid;
import dev.langevin.sampling.metrics.Memorisation;
import dev.langevin.sampling.metrics.Neighbours;
import dev.langevin.sampling.metrics.PrecisionRecall;
import dev.langevin.sampling.metrics.PrecisionRecall.Manifold;
import dev.langevin.training.data.Dataset;
import dev.langevin.training.data.Shuffle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The protocol by which sets of n images, rounded to bytes, are measured against a data set: against all held-out images, in the
 * features of classifiers that were trained on the same data, and always beside real images and beside images whose faults are known. What is computed of the real data alone is computed once.
 *
 * <p>The training images are dealt out by a seed: a part as large as the held-out set, for the question of memorisation, and of the
 * others three draws of n without overlap, which are measured as if they were samples.
 *
 * <p>Everything is computed on the backend of the scope in which it is called. Not for several threads at a time.
 */
public final class Evaluation {
    /** Draws of real images. */
    public static final int DRAWS = 3;
    /** Images with more numbers than this have no Frechet distance of pixels: its eigenvalues would take minutes. */
    public static final int MOST_PIXELS = 1024;

    /** An epoch of the order of the training images that no training has. */
    private static final long DEAL = 1 << 30;
    private static final int GAUSSIAN_IMAGES = 5000;
    private static final int MIXTURE_IMAGES = 3000;
    private static final double BLUR = 1;
    private static final double NOISE = 0.2;
    private static final int COCHRAN = 5;
    private static final int SEARCHED = 5000;

    private final Dataset train;
    private final int n;
    private final long seed;
    private final List<? extends ImageClassifier> extractors;
    private final ImageClassifier judge;
    private final Consumer<String> listener;
    private final int[] dealt;
    private final int apart; // training images for the question of memorisation, the first that were dealt
    private final double[] shares;
    private final Frechet.Reference[] references;
    private final Frechet.Reference pixelReference; // or null
    private final Manifold manifold;
    private final Features trainPixels;
    private final Features testPixels;
    private final Accuracy judgeAccuracy;

    /**
     * @param train labelled images that the model was trained on
     * @param test as many classes, held out
     * @param extractors at least one
     * @param judge a classifier that is none of the extractors
     * @param n images in each set, see {@link #check}
     * @param seed of the draws of real images and of the baselines
     * @param listener is told what is being measured
     * @throws InputException as {@link #check}
     */
    public Evaluation(Dataset train, Dataset test, List<? extends ImageClassifier> extractors, ImageClassifier judge, int n, long seed,
            Consumer<String> listener) {
        this.train = train;
        this.n = n;
        this.seed = seed;
        this.extractors = List.copyOf(extractors);
        this.judge = judge;
        this.listener = listener;
        ByteImages held = ByteImages.of(test, IntStream.range(0, test.size()).toArray());
        check("n", n, train, test, extractors.getFirst().features(held.part(0, 1).floats()).dimension());
        listener.accept("held-out images");
        Shuffle order = new Shuffle(train.size(), seed);
        this.dealt = IntStream.range(0, train.size()).map(i -> order.index(DEAL * train.size() + i)).toArray();
        this.apart = test.size();
        this.shares = shares(IntStream.range(0, train.size()).map(train::label).toArray(), train.classes());
        float[] values = held.floats();
        Features[] features = extractors.stream().map(e -> e.features(values)).toArray(Features[]::new);
        this.references = Arrays.stream(features).map(f -> new Frechet.Reference(Gaussian.fit(f))).toArray(Frechet.Reference[]::new);
        this.manifold = Manifold.of(features[0], PrecisionRecall.NEIGHBOURS);
        this.judgeAccuracy = Accuracy.of(judge.labels(values), IntStream.range(0, test.size()).map(test::label).toArray());
        this.testPixels = held.features();
        this.trainPixels = ByteImages.of(train, Arrays.copyOf(dealt, apart)).features();
        this.pixelReference = held.size() > MOST_PIXELS ? null : new Frechet.Reference(Gaussian.fit(testPixels));
    }

    /**
     * Whether sets of n images can be measured; costs nothing.
     *
     * @param option what messages call n
     * @param features dimension of the extractors' features
     * @throws InputException with the number that is needed, or possible
     */
    public static void check(String option, int n, Dataset train, Dataset test, int features) {
        int least = least(train, features);
        if (n < least) {
            throw new InputException(option + " " + n + ": " + n + " samples are too few, at least " + least + " are needed (Frechet distance in "
                    + features + " features" + (train.exampleSize() <= MOST_PIXELS ? " and " + train.exampleSize() + " pixels)" : ")"));
        }
        int most = (train.size() - test.size()) / DRAWS;
        if (test.size() < least || most < least) {
            throw new InputException("evaluation: " + train.size() + " training and " + test.size() + " held-out images are too few, at least "
                    + (Math.max(least, test.size()) + DRAWS * least) + " and " + least + " are needed");
        }
        if (n > most) {
            throw new InputException(option + " " + n + ": " + DRAWS + " draws of as many real images are measured beside them, and " + train.size()
                    + " training images allow for " + most + "; give at most that");
        }
    }

    /** Covariances of full rank, twice over where features are few; at least 5 images expected of the rarest class. */
    private static int least(Dataset train, int features) {
        int[] labels = IntStream.range(0, train.size()).map(train::label).toArray();
        double rarest = Arrays.stream(shares(labels, train.classes())).min().orElseThrow();
        int classes = (int) Math.ceil(COCHRAN / rarest);
        int pixels = train.exampleSize() > MOST_PIXELS ? 0 : train.exampleSize() + 1;
        return IntStream.of(2 * features, pixels, classes, 2 * Kid.BLOCKS, PrecisionRecall.NEIGHBOURS + 1).max().orElseThrow();
    }

    private static double[] shares(int[] labels, int classes) {
        return Arrays.stream(ClassHistogram.of(labels, classes).counts()).mapToDouble(count -> (double) count / labels.length).toArray();
    }

    /** Share of the training images that the question of memorisation looks at. */
    public double seenForMemorisation() {
        return (double) apart / train.size();
    }

    /** How often the judge is right on the held-out images. */
    public Accuracy judgeAccuracy() {
        return judgeAccuracy;
    }

    /** Images in each set. */
    public int n() {
        return n;
    }

    /** Held-out images, and as many training images for the question of memorisation. */
    public int references() {
        return apart;
    }

    /**
     * How many images of each class (K) are expected.
     *
     * @param wanted as of {@link #row}
     */
    public double[] expected(int[] wanted) {
        return Arrays.stream(wanted == null ? shares : shares(wanted, train.classes())).map(share -> n * share).toArray();
    }

    /**
     * Measures a set.
     *
     * @param images n of the data's shape
     * @param wanted the class that each was asked to be of (n), every class among them; null where none was asked
     */
    public Row row(String name, ByteImages images, int[] wanted) {
        return row(name, images, wanted, wanted == null ? shares : shares(wanted, train.classes()));
    }

    /** The draws of real images, with their own classes: what samples of the data's own distribution would show. */
    public List<Row> real() {
        List<Row> rows = new ArrayList<>();
        for (int draw = 0; draw < DRAWS; draw++) {
            int[] indices = draw(draw);
            rows.add(row("real images, draw " + (draw + 1), ByteImages.of(train, indices), Arrays.stream(indices).map(train::label).toArray(), shares));
        }
        return rows;
    }

    /** The images whose faults are known. */
    public List<Row> baselines() {
        List<Row> rows = new ArrayList<>();
        int[] others = Arrays.copyOfRange(dealt, apart, dealt.length);
        ByteImages spoilt = ByteImages.of(train, draw(0));
        rows.add(row("real images, last class dropped", ByteImages.of(train, without(others, label -> label == train.classes() - 1)), null));
        rows.add(row("real images, blurred by 1 pixel", Baselines.blurred(spoilt, BLUR), null));
        rows.add(row("real images, noise of 0.2 added", Baselines.noisy(spoilt, NOISE, seed), null));
        rows.add(row("k-means mixture of pixels", Baselines.mixture(first(others, MIXTURE_IMAGES), n, seed), null));
        rows.add(row("Gaussian of pixels", Baselines.gaussian(first(others, GAUSSIAN_IMAGES), n, seed), null));
        return rows;
    }

    private ByteImages first(int[] images, int most) {
        return ByteImages.of(train, Arrays.copyOf(images, Math.min(images.length, most)));
    }

    /** The training image that is nearest to each of some images by pixels, of all there are. */
    public ByteImages nearest(ByteImages images) {
        int[] index = new int[images.count()];
        double[] best = new double[images.count()];
        Arrays.fill(best, Double.POSITIVE_INFINITY);
        for (int first = 0; first < train.size(); first += SEARCHED) {
            ByteImages part = ByteImages.of(train, IntStream.range(first, Math.min(train.size(), first + SEARCHED)).toArray());
            Neighbours found = Neighbours.nearest(images.features(), part.features());
            for (int i = 0; i < index.length; i++) {
                if (found.squaredDistance()[i] < best[i]) {
                    best[i] = found.squaredDistance()[i];
                    index[i] = first + found.index()[i];
                }
            }
        }
        return ByteImages.of(train, index);
    }

    private int[] draw(int number) {
        return Arrays.copyOfRange(dealt, apart + number * n, apart + (number + 1) * n);
    }

    /** The first n of the images that are of no such class. */
    private int[] without(int[] images, IntPredicate dropped) {
        return Arrays.stream(images).filter(i -> !dropped.test(train.label(i))).limit(n).toArray();
    }

    private Row row(String name, ByteImages images, int[] wanted, double[] expected) {
        if (images.count() != n) {
            throw new InputException(name + ": " + images.count() + " images, this evaluation is of " + n);
        }
        long begin = System.nanoTime();
        listener.accept(name);
        float[] values = images.floats();
        double[] frechet = new double[references.length];
        Features first = null;
        for (int e = 0; e < references.length; e++) {
            Features features = extractors.get(e).features(values);
            first = e == 0 ? features : first;
            frechet[e] = references[e].distance(Gaussian.fit(features));
        }
        ImageClassifier.Seen judged = judge.see(values);
        int[] labels = judged.labels();
        ClassHistogram classes = ClassHistogram.of(labels, train.classes());
        Features pixels = images.features();
        return new Row(name, n, frechet, Kid.of(manifold.points(), first), PrecisionRecall.of(manifold, Manifold.of(first, manifold.k())),
                Memorisation.of(pixels, trainPixels, testPixels), InceptionScore.of(judged.probabilities()), classes, classes.against(expected),
                wanted == null ? null : Accuracy.of(labels, wanted), pixelReference == null ? null : pixelReference.distance(Gaussian.fit(pixels)),
                (System.nanoTime() - begin) * 1e-9);
    }
}
