// Holds the precompiled header; see build.cmake.
