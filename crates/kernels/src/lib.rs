//! Row functions of the polyptych engine, on slices of samples.
