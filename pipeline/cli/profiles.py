"""`glassmaster profiles`: the targets, with their sources."""

import profiles
from pipeline.cli.options import ProfileFolder, ProfileName
from pipeline.cli.shown.tables.profiles import print_profile, print_profiles
from pipeline.mastering.job import folder_of_profiles
from pipeline.settings.schema import NO_SETTINGS, Settings


def list_profiles(
    name: ProfileName = None, profile_dir: ProfileFolder = None, settings: Settings = NO_SETTINGS
) -> None:
    """List the targets, or show one with its sources."""
    folders = [*folder_of_profiles(profile_dir), *settings.profile_folders]
    if name is None:
        print_profiles(profiles.load_all(profiles.names(folders), folders))
    else:
        profiles.load(name, folders)
        print_profile(profiles.text_of(name, folders))
