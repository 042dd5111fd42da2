package dev.langevin.engine;

/** An op was given shapes it does not take. The message names the op, what it expects, and every shape that came. */
public class ShapeException extends LangevinException {
    public ShapeException(String op, String expected, Shape... got) {
        super(op + ": expected " + expected + ", got " + Shape.list(got));
    }
}
