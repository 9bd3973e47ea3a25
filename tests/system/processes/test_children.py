"""How processes are begun."""

from pipeline.system.processes.children import apart_from_the_terminal


def test_ctrl_c_in_a_terminal_is_not_for_it_on_any_system():
    assert apart_from_the_terminal("linux") == apart_from_the_terminal("darwin") == {"start_new_session": True}
    assert apart_from_the_terminal("win32") == {
        "creationflags": 0x200
    }  # CREATE_NEW_PROCESS_GROUP, of Windows' winbase.h
