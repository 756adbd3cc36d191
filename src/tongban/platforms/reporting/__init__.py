"""业务系统报送: departments' own systems report their cases, object by object; the engine carries them like hand-work."""
