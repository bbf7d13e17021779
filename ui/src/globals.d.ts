/** Whether this build may run on the simulated workbench; false in what is shipped. */
declare const __FAKE_HOST__: boolean;
