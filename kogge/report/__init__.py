"""Every form of a result: of the nightly check, of a change of the files, of a run on the fleet; decides nothing."""
