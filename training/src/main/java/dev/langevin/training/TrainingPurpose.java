package dev.langevin.training;

/** What training draws random numbers for; codes from 200 to 299, part of every random key. */
public enum TrainingPurpose {
    /** The times of a batch. */
    TIME(200),
    /** The noise that perturbs a batch. */
    NOISE(201),
    /** Dropout; each block adds a multiple of 65,536. */
    DROPOUT(202),
    /** Which examples of a batch go without their class. */
    LABEL_DROPOUT(203),
    /** What is known of each image of a batch. */
    MASK(204),
    /** What is known of the images whose rest a sample grid shows. */
    SHEET_MASK(205),
    /** How many images of an evaluation's baseline are of which cluster. */
    CLUSTER(210),
    /** The pixels of a normal distribution that is a baseline. */
    NORMAL_PIXELS(211),
    /** The noise on images that are a baseline. */
    NOISY_PIXELS(212);

    private final int code;

    TrainingPurpose(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
